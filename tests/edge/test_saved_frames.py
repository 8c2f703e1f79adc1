"""Saved frames: what the model saw, whole, in the order of time, and never too many."""

from __future__ import annotations

import re
import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from edge.camera import main
from edge.errors import OutputError
from edge.outputs import frame_folder
from edge.outputs.frame_folder import FrameFolder
from edge.outputs.saved_frames import SavedFrames
from edge.pictures import list_pictures, read_picture
from edge.stop import Stop
from tests.edge.material import (
    AT_ONCE_S,
    BLUE,
    COLOURS,
    GREEN,
    RED,
    decision,
    plain,
    wait_until,
    write_picture,
    write_video,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAME = re.compile(r"\d{8}T\d{6}-\d{6}Z\.png")


def saver(folder: Path, *, every_s: float = 0.0, limit: int = 1000) -> SavedFrames:
    return SavedFrames(folder, Stop(), every_s=every_s, limit=limit)


def show(output: SavedFrames, frame: np.ndarray, at_s: float = 0.0, live: bool = False) -> None:
    """``frame`` as if it was captured at ``at_s`` seconds."""
    seen = decision(frame=frame, live=live)
    output.show(seen._replace(captured=replace(seen.captured, monotonic_s=at_s)))


def saved(folder: Path) -> list[np.ndarray]:
    return [read_picture(path) for path in list_pictures(folder)]


def test_saved_frames_are_the_frames_bit_for_bit_in_their_order(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    frames = [plain(RED), noise, plain(BLUE, 33, 17)]
    output = saver(tmp_path / "deep" / "frames")
    for frame in frames:
        show(output, frame)
    output.close()
    back = saved(tmp_path / "deep" / "frames")
    assert len(back) == 3
    assert all(np.array_equal(*pair) for pair in zip(frames, back, strict=True))


@pytest.mark.parametrize(
    "every_s, expected",
    [(1.0, [0.0, 1.0, 2.0]), (0.0, [0.0, 0.4, 0.8, 1.0, 1.4, 2.0]), (60.0, [0.0])],
)
def test_one_frame_in_a_while(every_s: float, expected: list[float], tmp_path: Path) -> None:
    output = saver(tmp_path, every_s=every_s)
    for at_s in (0.0, 0.4, 0.8, 1.0, 1.4, 2.0):
        show(output, plain((round(at_s * 10), 0, 0)), at_s)
    output.close()
    assert [frame[0, 0, 0] / 10 for frame in saved(tmp_path)] == expected


def test_the_same_moment_twice_writes_nothing_over(tmp_path: Path) -> None:
    for run, colours in enumerate([(RED, GREEN), (BLUE,)]):
        folder = FrameFolder(tmp_path, limit=10)
        assert folder.count == 2 * run
        for colour in colours:
            folder.add(plain(colour), NOON)
    assert [tuple(frame[0, 0]) for frame in saved(tmp_path)] == [RED, GREEN, BLUE]
    assert [path.name for path in list_pictures(tmp_path)] == [
        "20260301T120000-000000Z.png",
        "20260301T120000-000001Z.png",
        "20260301T120000-000002Z.png",
    ]


def test_a_full_folder_is_said_once_with_the_remedy(tmp_path: Path, capfd) -> None:
    write_picture(tmp_path / "mine.png", plain(GREEN))  # not ours, so it does not count
    for expected in (3, 0):  # the second run finds it full
        output = saver(tmp_path, limit=3)
        for _ in range(8):
            show(output, plain(RED))
        output.close()
        warning, summary = capfd.readouterr().err.splitlines()
        assert warning.startswith(f"warning: {tmp_path}: holds 3 saved frames, the limit is 3; ")
        assert "--save-limit" in warning
        assert summary == f"{tmp_path}: {expected} frames saved"
        assert output.lost == 0
    assert len(list_pictures(tmp_path)) == 4


def test_it_stops_before_the_disk_is_full(tmp_path: Path, capfd, monkeypatch) -> None:
    output = saver(tmp_path)
    show(output, plain(RED))
    wait_until(lambda: list_pictures(tmp_path))
    # From now on everything on this disk is kept for others.
    monkeypatch.setattr(frame_folder, "_MOST_RESERVE", 1 << 60)
    monkeypatch.setattr(frame_folder, "_RESERVE_SHARE", 1.0)
    for _ in range(5):
        show(output, plain(RED))
    output.close()
    warning, summary = capfd.readouterr().err.splitlines()
    assert re.match(rf"warning: {tmp_path}: \d+ MB are free on its disk, fewer than ", warning)
    assert "free some space and start again" in warning
    assert summary == f"{tmp_path}: 1 frame saved"
    assert len(list_pictures(tmp_path)) == 1


def test_a_disk_that_hangs_holds_no_camera_up(tmp_path: Path, capfd, monkeypatch) -> None:
    answers = threading.Event()
    add = FrameFolder.add
    monkeypatch.setattr(FrameFolder, "add", lambda *a: answers.wait(60) and add(*a))
    output = saver(tmp_path)
    start_s = time.monotonic()
    for _ in range(50):
        show(output, plain(RED), live=True)
    output.close()
    assert time.monotonic() - start_s < AT_ONCE_S
    assert output.lost >= 49, "one may be in the hands of the thread"
    assert "too slow; frames are lost until it catches up" in capfd.readouterr().err
    answers.set()
    wait_until(lambda: not output._thread.is_alive())


def test_a_recording_waits_for_a_slow_disk(tmp_path: Path, monkeypatch) -> None:
    add = FrameFolder.add
    monkeypatch.setattr(FrameFolder, "add", lambda *a: (time.sleep(0.05), add(*a)))
    output = saver(tmp_path)
    for number in range(12):
        show(output, plain((number, 0, 0)), live=False)
    output.close()
    assert [frame[0, 0, 0] for frame in saved(tmp_path)] == list(range(12))
    assert output.lost == 0


def test_a_folder_that_goes_away_is_counted_and_not_made_again(tmp_path: Path, capfd) -> None:
    folder = tmp_path / "card"
    output = saver(folder)
    shutil.rmtree(folder)  # as when a memory card is pulled out
    for _ in range(3):
        show(output, plain(RED))
    output.close()
    assert output.lost == 3
    assert not folder.exists()
    warning, summary = capfd.readouterr().err.splitlines()
    assert warning.startswith(f"warning: {folder}: cannot be written (No such file or directory); ")
    assert summary == f"{folder}: 0 frames saved"


def test_a_place_that_cannot_be_a_folder_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "frames", Path("/proc/frames")):
        with pytest.raises(OutputError, match=f"{place}: no folder can be made .*; choose another"):
            saver(place)


def test_the_command_saves_whole_frames_in_their_colours(tmp_path: Path, capfd) -> None:
    clip = write_video(tmp_path / "clip.avi", [plain(BLUE)] * 20, fps=20)
    folder = tmp_path / "frames"
    options = ["--source", str(clip), "--save-frames", str(folder), "--save-every", "0.3"]
    basics = ["--model", str(COLOURS), "--threads", "1", "--roi", "0.5,0.5,0.25,0.25"]
    assert main([*basics, *options]) == 0
    frames = saved(folder)
    assert 2 <= len(frames) <= 4, "a second of video"
    assert f"{folder}: {len(frames)} frames saved" in capfd.readouterr().err
    assert all(NAME.fullmatch(path.name) for path in folder.iterdir()), "nothing half-written"
    for frame in frames:
        assert frame.shape == (48, 64, 3), "without the region of interest"
        assert np.abs(frame.astype(int) - BLUE).max() < 8, "the video is lossy, its colour is not"


def test_the_command_ends_at_once_where_no_folder_can_be_made(tmp_path: Path, capfd) -> None:
    (tmp_path / "file").touch()
    write_picture(tmp_path / "red.png", plain(RED))
    basics = ["--model", str(COLOURS), "--source", str(tmp_path / "red.png")]
    assert main([*basics, "--save-frames", str(tmp_path / "file")]) == 1
    out, err = capfd.readouterr()
    assert not out
    assert err.startswith(f"error: {tmp_path / 'file'}: no folder can be made there (")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("option", ["--save-every=-1", "--save-every=x", "--save-limit=0"])
def test_senseless_numbers_are_wrong_usage(option: str, capfd) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--save-frames", "x", option])
    assert caught.value.code == 2
    assert option.split("=")[1] in capfd.readouterr().err
