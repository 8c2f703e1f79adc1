"""The window: frame and label where there is a screen, one clear line where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.drawing import UNSURE, score_colour
from edge.errors import OutputError
from edge.outputs.window import Window, draw_decision, draw_fault
from edge.stop import Stop
from tests.edge.material import BLUE, COLOURS, RED, decision, plain, write_picture, write_video


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [
        pytest.param(640, 480, (640, 480), id="as it is"),
        pytest.param(1920, 1080, (960, 540), id="large ones shrink"),
        pytest.param(32, 32, (480, 480), id="tiny ones grow"),
        pytest.param(100, 4000, (320, 720), id="narrow ones keep room for the label"),
    ],
)
def test_the_frame_stands_above_its_label(width: int, height: int, shown: tuple[int, int]) -> None:
    canvas = draw_decision(decision("cat", 0.9, frame=plain(BLUE, width, height)))
    assert canvas.shape == (shown[1] + 56, shown[0], 3)
    middle = canvas[shown[1] // 2, shown[0] // 2]
    assert middle.tolist() == list(BLUE)
    banner = canvas[shown[1] + 8 :]
    assert len(np.unique(banner.reshape(-1, 3), axis=0)) > 10, "no words in it"


def test_the_bar_is_as_long_as_the_score() -> None:
    canvas = draw_decision(decision(score=0.25, frame=plain(RED, 640, 480)))
    bar = (canvas[481] == score_colour(0.25)).all(axis=1)
    assert bar.sum() == pytest.approx(160, abs=1)


def test_it_shows_the_largest_picture_of_the_moment() -> None:
    small = decision(frame=plain(RED, 320, 240))
    both = small._replace(captured=replace(small.captured, full=plain(BLUE, 640, 480)))
    canvas = draw_decision(both)
    assert canvas.shape == (536, 640, 3)
    assert canvas[240, 320].tolist() == list(BLUE)


def test_what_no_class_explains_is_unknown() -> None:
    named = decision("unknown", 0.3)
    unnamed = named._replace(verdict=named.verdict._replace(label=None))
    assert (draw_decision(unnamed) == draw_decision(named)).all()


def test_a_fault_takes_the_place_of_the_label() -> None:
    canvas = draw_decision(decision("cat", 0.9, frame=plain(RED, 640, 480)))
    before = canvas.copy()
    draw_fault(canvas, "source lost, reconnecting 12 s")
    assert (canvas[:480] == before[:480]).all(), "the last frame stays"
    assert (canvas[480:] == UNSURE).all(axis=2).any(), "no words in it"
    assert not (canvas[480:] == score_colour(0.9)).all(axis=2).any(), "the score is gone"


def test_without_a_screen_there_is_one_clear_line(monkeypatch, capfd) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(OutputError, match=r"no screen here \(DISPLAY is not set\); leave --show"):
        Window(Stop())
    assert capfd.readouterr() == ("", "")


def test_a_screen_that_does_not_answer_does_not_end_the_process(monkeypatch, capfd) -> None:
    monkeypatch.setenv("DISPLAY", ":4242")
    with pytest.raises(OutputError, match=r"--show: .*; "):
        Window(Stop())
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def screen() -> Iterator[str]:
    """A real X screen, in memory."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed (Debian: apt install xvfb)")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as stream:
            yield f":{stream.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def show(screen: str, source: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "edge.camera",
        "--model",
        str(COLOURS),
        "--source",
        str(source),
    ]
    return subprocess.run(
        [*command, "--show", "--threads", "1", *more],
        env={**os.environ, "DISPLAY": screen},
        capture_output=True,
        text=True,
        timeout=20,
    )


def test_a_run_with_a_window_prints_no_chatter(screen: str, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.avi", [plain(RED)] * 10, fps=20)
    ended = show(screen, clip)
    if "built without windows" in ended.stderr:
        pytest.skip("this OpenCV was built without windows")
    assert ended.returncode == 0, ended.stderr
    assert "class 0" in ended.stdout
    assert len(ended.stderr.splitlines()) == 2, "what the video gives, and the summary"
    assert " frames, " in ended.stderr


def test_a_picture_stays_for_a_second(screen: str, tmp_path: Path) -> None:
    ended = show(screen, write_picture(tmp_path / "red.png", plain(RED)))
    if "built without windows" in ended.stderr:
        pytest.skip("this OpenCV was built without windows")
    assert ended.returncode == 0, ended.stderr
    seconds = float(ended.stderr.split(", ")[1].removesuffix(" s"))
    assert seconds >= 1.0


WITHOUT_FRAMES = """
import subprocess, time
from edge.outputs.window import Window
from edge.stop import Stop
from tests.edge.material import decision

stop = Stop()
window = Window(stop)
window.idle()
window.show(decision())
window.note({"type": "source", "state": "fault", "fault": "lost", "message": "camera 0: gone"})
window.idle()
assert window._fault is None, "a frame came just now"
time.sleep(1.05)
window.idle()
assert window._fault == "source lost, reconnecting 1 s", window._fault
assert not stop.requested
subprocess.run(["xdotool", "search", "--name", "edge.camera", "windowfocus"], check=True)
subprocess.run(["xdotool", "key", "q"], check=True)
until_s = time.monotonic() + 5
while not stop.requested and time.monotonic() < until_s:
    window.idle()
assert stop.requested, "q ends the run while no frame comes"
window.close()
"""


def test_it_reacts_while_no_frame_comes(screen: str) -> None:
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool is not installed (Debian: apt install xdotool)")
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_FRAMES],
        env={**os.environ, "DISPLAY": screen},
        capture_output=True,
        text=True,
        timeout=20,
    )
    if "built without windows" in ended.stderr:
        pytest.skip("this OpenCV was built without windows")
    assert ended.returncode == 0, ended.stderr
