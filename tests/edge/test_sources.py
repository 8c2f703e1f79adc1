"""Sources: the right frames in the right order, and one clear line when there are none."""

from __future__ import annotations

import functools
import http.server
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources import CapturedFrame, Source, SourceOptions, open_source, source_name
from edge.sources.camera import capture_time_s, is_camera
from edge.sources.opencv import to_rgb
from edge.sources.video import Pace
from tests.edge.material import (
    BLUE,
    GREEN,
    RED,
    closed_port,
    mjpeg_server,
    plain,
    serving,
    silent_port,
    write_picture,
    write_video,
)


def open_it(source: object, warn: Callable[[str], None] = pytest.fail) -> Source:
    return open_source(str(source), SourceOptions(), warn=warn)


def read_all(source: Source) -> list[CapturedFrame]:
    return list(iter(source.read, None))


def fault_of(source: object) -> str:
    """The message of the SourceError that opening or reading ``source`` raises."""
    with pytest.raises(SourceError) as caught, open_it(source) as opened:
        read_all(opened)
    return str(caught.value)


def test_a_folder_gives_each_picture_once_in_name_order(tmp_path: Path) -> None:
    for name, colour in (("c.png", BLUE), ("a.jpg", RED), ("b.PNG", GREEN)):
        write_picture(tmp_path / name, plain(colour))
    (tmp_path / "notes.txt").write_text("not a picture")
    with open_it(tmp_path) as source:
        frames = read_all(source)
    assert not source.live
    assert [frame.path for frame in frames] == [
        str(tmp_path / n) for n in ("a.jpg", "b.PNG", "c.png")
    ]
    assert [frame.number for frame in frames] == [0, 1, 2]
    assert [int(frame.pixels[20, 20].argmax()) for frame in frames] == [0, 1, 2]


def test_an_unreadable_picture_among_good_ones_is_one_warning(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", plain(RED))
    (tmp_path / "b.png").write_bytes(b"no picture at all")
    write_picture(tmp_path / "c.png", plain(BLUE))
    warnings: list[str] = []
    with open_it(tmp_path, warnings.append) as source:
        frames = read_all(source)
    assert [Path(str(frame.path)).name for frame in frames] == ["a.png", "c.png"]
    assert [frame.number for frame in frames] == [0, 1]
    assert len(warnings) == 1
    assert str(tmp_path / "b.png") in warnings[0]


def test_a_folder_of_unreadable_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    warnings: list[str] = []
    with (
        open_it(tmp_path, warnings.append) as source,
        pytest.raises(SourceError, match=r"no picture in it can be read \(1 tried\)"),
    ):
        read_all(source)
    assert len(warnings) == 1


def test_a_single_picture_is_one_frame(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "größe.png", plain(GREEN))
    with open_it(path) as source:
        frames = read_all(source)
    assert [frame.path for frame in frames] == [str(path)]
    assert frames[0].pixels[0, 0].tolist() == list(GREEN)


def test_a_picture_closed_early_gives_no_more(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", plain(RED))
    write_picture(tmp_path / "b.png", plain(RED))
    source = open_it(tmp_path)
    assert source.read() is not None
    source.close()
    source.close()
    assert source.read() is None


def test_a_video_plays_at_its_own_rate_in_rgb(tmp_path: Path) -> None:
    frames = [plain(colour) for colour in (RED, GREEN, BLUE) for _ in range(4)]
    path = write_video(tmp_path / "clip.avi", frames, fps=25)
    started_s = time.monotonic()
    with open_it(path) as source:
        played = read_all(source)
    assert time.monotonic() - started_s >= 11 / 25
    assert source.live
    assert [int(frame.pixels[20, 20].argmax()) for frame in played] == [0] * 4 + [1] * 4 + [2] * 4
    assert [frame.number for frame in played] == list(range(12))
    gaps_s = np.diff([frame.monotonic_s for frame in played])
    assert np.median(gaps_s) == pytest.approx(1 / 25, abs=0.02)


def test_frames_carry_the_moment_of_capture_on_both_clocks(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [plain(RED)], fps=25)
    with open_it(path) as source:
        before_s, before = time.monotonic(), datetime.now(UTC)
        frame = source.read()
        after_s, after = time.monotonic(), datetime.now(UTC)
    assert frame is not None
    assert before_s <= frame.monotonic_s <= after_s
    assert before <= frame.time <= after


def test_a_colon_in_a_video_name_is_no_protocol(tmp_path: Path, monkeypatch) -> None:
    write_video(tmp_path / "http:clip.avi", [plain(RED)], fps=25)
    monkeypatch.chdir(tmp_path)
    with open_it("http:clip.avi") as source:
        assert len(read_all(source)) == 1


def test_a_stream_gives_live_frames_in_rgb() -> None:
    with mjpeg_server(BLUE) as url, open_it(f"{url}/live") as source:
        frames = [source.read() for _ in range(3)]
    assert source.live
    assert [frame.number for frame in frames if frame] == [0, 1, 2]
    assert all(frame.pixels[20, 20].argmax() == 2 for frame in frames if frame)


def test_a_stream_that_breaks_off_is_an_error_and_closes_twice() -> None:
    with mjpeg_server() as url:
        source = open_it(f"{url}/ends")
        with pytest.raises(SourceError, match=r"/ends: the stream ended after \d frames; check"):
            read_all(source)
        source.close()
        source.close()


def test_a_recording_behind_a_url_ends_like_a_file(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.avi", [plain(RED)] * 6, fps=25)

    class Files(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Files, directory=str(tmp_path))
    with serving(handler) as url, open_it(f"{url}/clip.avi") as source:  # type: ignore[arg-type]
        assert len(read_all(source)) == 6


@pytest.mark.parametrize(
    ("page", "says"),
    [
        pytest.param("/nowhere", "the server answers 404 Not Found; check the path", id="404"),
        pytest.param("/private", "give user and password", id="password wanted"),
        pytest.param("/page", "answers with text/html, which is no video", id="a web page"),
    ],
)
def test_a_server_without_a_video_is_told_apart(page: str, says: str) -> None:
    with mjpeg_server() as url:
        assert says in fault_of(url + page)


def test_a_stream_that_never_answers_is_given_up_within_six_seconds(capfd) -> None:
    started_s = time.monotonic()
    with silent_port() as port:
        fault = fault_of(f"http://user:secret@127.0.0.1:{port}/video")
    assert time.monotonic() - started_s < 6
    assert fault.startswith(f"http://user:***@127.0.0.1:{port}/video: no video within 5 s; ")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_closed_port_is_refused_at_once_and_quietly(scheme: str, capfd) -> None:
    started_s = time.monotonic()
    assert "connection refused" in fault_of(f"{scheme}://127.0.0.1:{closed_port()}/video")
    assert time.monotonic() - started_s < 2
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://me:secret@host:554/a?b=c", "rtsp://me:***@host:554/a?b=c"),
        ("rtsp://me:se@cret@host/a", "rtsp://me:***@host/a"),
        ("rtsp://me@host/a", "rtsp://me@host/a"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
        ("http://[half", "http://[half"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_messages_never_show_a_password(url: str, shown: str) -> None:
    assert source_name(url) == shown


@pytest.mark.parametrize(
    ("source", "says"),
    [
        pytest.param("", "no such file or folder", id="nothing"),
        pytest.param("absent.mp4", "no such file or folder", id="missing file"),
        pytest.param("nul\0byte", "no such file or folder", id="NUL in the name"),
        pytest.param("x" * 300, "no such file or folder", id="name too long"),
        pytest.param("empty", "holds no pictures", id="empty folder"),
        pytest.param("empty.mp4", "is empty", id="empty video"),
        pytest.param("text.mp4", "is no video or picture", id="text for a video"),
        pytest.param("empty.png", "the file is empty", id="empty picture"),
        pytest.param("ftp://host/a", "is no stream URL", id="unknown scheme"),
        pytest.param("http://", "is no stream URL", id="no host"),
        pytest.param("http://host:port/a", "is no stream URL", id="port that is no number"),
        pytest.param("http://[half/a", "is no stream URL", id="half an address"),
        pytest.param("97", "camera 97 (/dev/video97): there is no such device", id="no camera"),
        pytest.param("/dev/v4l/by-id/none", "there is no such device", id="unplugged by-id"),
        pytest.param("/dev/null", "does not open as a camera", id="device, but no camera"),
        pytest.param("/dev/shm", "is no device", id="a folder in /dev"),
    ],
)
def test_a_source_that_cannot_be_read_says_so_in_one_line(
    source: str, says: str, tmp_path: Path, monkeypatch, capfd
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.mp4").write_text("once upon a time" * 100)
    monkeypatch.chdir(tmp_path)
    fault = fault_of(source)
    assert says in fault
    assert re.fullmatch(r"[^\n]+: [^\n]+; [^\n]+", fault), "no remedy"
    assert capfd.readouterr() == ("", ""), "OpenCV's own chatter"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", True),
        ("12", True),
        ("/dev/video0", True),
        ("-1", False),
        ("²", False),
        ("0.mp4", False),
    ],
)
def test_what_names_a_camera(text: str, expected: bool) -> None:
    assert is_camera(text) is expected


@pytest.mark.parametrize(
    ("driver_ms", "expected_s"),
    [
        pytest.param(99_960.0, 99.96, id="waited 40 ms in the driver's queue"),
        pytest.param(0.0, 100.0, id="driver without a stamp"),
        pytest.param(1.7e12, 100.0, id="wall clock"),
        pytest.param(100_001.0, 100.0, id="stamp from the future"),
        pytest.param(-1.0, 100.0, id="property unknown"),
    ],
)
def test_capture_time_is_the_drivers_where_it_makes_sense(
    driver_ms: float, expected_s: float
) -> None:
    assert capture_time_s(100.0, driver_ms) == pytest.approx(expected_s)


def test_bgr_becomes_rgb() -> None:
    bgr = np.zeros((2, 2, 3), np.uint8)
    bgr[..., 0] = 200
    assert to_rgb(bgr, "camera")[0, 0].tolist() == [0, 0, 200]


def test_grey_becomes_rgb() -> None:
    assert to_rgb(np.full((2, 3), 7, np.uint8), "camera").tolist() == [[[7] * 3] * 3] * 2


@pytest.mark.parametrize(
    "buffer",
    [
        pytest.param(np.zeros((1, 921_600), np.uint8), id="OpenCV 4.11 without a FOURCC"),
        pytest.param(np.zeros((4, 4, 2), np.uint8), id="undecoded YUYV"),
        pytest.param(np.zeros((4, 4, 3), np.uint16), id="16 bits"),
    ],
)
def test_an_undecoded_buffer_is_no_frame(buffer: np.ndarray) -> None:
    with pytest.raises(SourceError, match=r"camera: OpenCV .* instead of a frame; install"):
        to_rgb(buffer, "camera")


def test_pace_follows_positions_bridges_gaps_and_does_not_rush() -> None:
    pace = Pace(fps=10, start_s=0.0)
    assert pace.due_s(500, now_s=3.0) == 3.0, "the first frame is due at once"
    assert pace.due_s(540, now_s=3.0) == pytest.approx(3.04)
    assert pace.due_s(540, now_s=3.0) == pytest.approx(3.14), "no position: one frame later"
    assert pace.due_s(99_999, now_s=3.0) == pytest.approx(3.24), "a jump: one frame later"
    assert pace.due_s(100_099, now_s=9.0) == pytest.approx(8.0), "far behind: at most a second"


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), 90_000.0])
def test_pace_without_a_usable_rate_takes_30_frames_a_second(fps: float) -> None:
    pace = Pace(fps, start_s=0.0)
    pace.due_s(0, now_s=0.0)
    assert pace.due_s(0, now_s=0.0) == pytest.approx(1 / 30)
