"""Streams from real servers on this machine."""

from __future__ import annotations

import http.server
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from edge.errors import SourceError
from tests.edge.material import (
    AT_ONCE_S,
    BLUE,
    RED,
    closed_port,
    fault_of,
    mjpeg_server,
    open_it,
    plain,
    read_all,
    serving,
    silent_port,
    write_video,
)


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


def files_in(folder: Path) -> type[http.server.BaseHTTPRequestHandler]:
    """A handler that serves the files in ``folder``."""

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args: object) -> None:
            pass

    return Files


def test_a_recording_behind_a_url_ends_like_a_file(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.avi", [plain(RED)] * 6, fps=25)
    with serving(files_in(tmp_path)) as url, open_it(f"{url}/clip.avi") as source:
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


def test_a_stream_that_never_answers_is_given_up_after_five_seconds(capfd) -> None:
    started_s = time.monotonic()
    with silent_port() as port:
        fault = fault_of(f"http://user:secret@127.0.0.1:{port}/video")
    assert time.monotonic() - started_s < 5 + AT_ONCE_S
    assert fault.startswith(f"http://user:***@127.0.0.1:{port}/video: no video within 5 s; ")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_closed_port_is_refused_at_once_and_quietly(scheme: str, capfd) -> None:
    started_s = time.monotonic()
    assert "connection refused" in fault_of(f"{scheme}://127.0.0.1:{closed_port()}/video")
    assert time.monotonic() - started_s < AT_ONCE_S
    assert capfd.readouterr() == ("", "")


def test_a_stream_says_what_it_gives_and_recovers() -> None:
    with mjpeg_server() as url, open_it(f"{url}/live") as source:
        assert source.description.startswith("64x48 MJPG")
    assert source.recovers


def test_a_pause_shorter_than_a_stall_is_waited_out() -> None:
    with mjpeg_server() as url, open_it(f"{url}/pauses", stall_s=7.0) as source:
        longest_s = 0.0
        for _ in range(10):
            asked_s = time.monotonic()
            assert source.read() is not None
            longest_s = max(longest_s, time.monotonic() - asked_s)
    assert longest_s > 5.0


def test_damaged_frames_are_counted_and_do_not_end_the_stream() -> None:
    with mjpeg_server(BLUE) as url, open_it(f"{url}/damaged") as source:
        frames = [source.read() for _ in range(10)]
    numbers = [frame.number for frame in frames if frame]
    assert source.damaged >= 2
    assert numbers == sorted(numbers)
    assert numbers[-1] == 9 + source.damaged
    assert all(frame.pixels[20, 20].argmax() == 2 for frame in frames if frame)


def test_a_stream_on_this_machine_opens_at_once() -> None:
    with mjpeg_server() as url:
        open_it(f"{url}/live").close()  # the first one loads FFmpeg
        started_s = time.monotonic()
        with open_it(f"{url}/live") as source:
            assert source.read() is not None
    assert time.monotonic() - started_s < AT_ONCE_S


def test_a_recording_behind_a_url_can_be_read_as_fast_as_it_comes(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.avi", [plain(RED)] * 20, fps=2)
    with serving(files_in(tmp_path)) as url, open_it(f"{url}/clip.avi", max_rate=True) as source:
        assert len(read_all(source)) == 20
    assert not source.live
    assert not source.recovers


def test_a_host_that_is_off_costs_about_a_second(monkeypatch) -> None:
    def never(address: object, timeout: float) -> socket.socket:
        time.sleep(timeout)  # as a host does that does not answer; no address here is sure not to
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", never)
    started_s = time.monotonic()
    fault = fault_of("rtsp://camera.example/live")
    assert time.monotonic() - started_s < AT_ONCE_S
    assert fault.startswith("rtsp://camera.example/live: no answer within 1 s; ")


def test_settings_for_ffmpeg_that_a_user_has_made_stay(monkeypatch) -> None:
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;udp")
    with mjpeg_server() as url:
        open_it(f"{url}/live").close()
    assert os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] == "rtsp_transport;udp"
