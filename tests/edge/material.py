"""Frames, pictures, videos and servers that several tests need; all real, all on this machine."""

from __future__ import annotations

import http.server
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.classifier import Classification, Prediction, Stages
from edge.decide import Verdict
from edge.errors import SourceError
from edge.outputs import Decision
from edge.preprocess import Frame
from edge.sources import CapturedFrame, Source, SourceOptions, open_source

MODELS = Path(__file__).parent / "models"
COLOURS = MODELS / "colours_uint8.tflite"  # "class 0" is red, "class 1" green, "class 2" blue

# How many times longer things may take: more than 1 where the machine is an emulated one.
PATIENCE = float(os.environ.get("TEST_PATIENCE", "1"))
# What is done "at once" takes less on any machine, however busy; what hangs takes longer.
AT_ONCE_S = 3.0 * PATIENCE

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def plain(colour: Sequence[int], width: int = 64, height: int = 48) -> Frame:
    """A frame of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def write_picture(path: Path, frame: Frame) -> Path:
    """``frame`` as the file ``path``."""
    encoded = cv2.imencode(path.suffix, cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))[1]
    path.write_bytes(encoded.tobytes())
    return path


def write_video(path: Path, frames: Sequence[Frame], fps: float) -> Path:
    """``frames`` as an MJPG video, in OpenCV's own encoder."""
    height, width = frames[0].shape[:2]
    mjpg = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), cv2.CAP_OPENCV_MJPEG, mjpg, fps, (width, height))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def decision(
    label: str = "cat",
    score: float = 0.9,
    *,
    frame: Frame | None = None,
    number: int = 0,
    path: str | None = None,
    live: bool | None = None,
) -> Decision:
    """A decision about ``frame``, taken now; live unless it has a path."""
    pixels = plain(RED) if frame is None else frame
    captured = CapturedFrame.taken_at(time.monotonic(), pixels, number, path)
    scores = np.array([score, 1 - score], np.float32)
    top = (Prediction(label, score), Prediction("other", 1 - score))
    stages = Stages(preprocess_ms=1.0, invoke_ms=2.0, postprocess_ms=0.5)
    verdict = Verdict(label, score, top, events=())
    return Decision(
        captured,
        Classification(scores, top, stages),
        verdict,
        stages,
        frame_age_ms=4.25,
        model_id="0123456789ab",
        live=path is None if live is None else live,
    )


def wait_until(condition: Callable[[], object], within_s: float = 20.0) -> None:
    """Return as soon as ``condition`` is true; the test fails when it is not within that time."""
    until_s = time.monotonic() + within_s * PATIENCE
    while not condition():
        assert time.monotonic() < until_s, f"not true within {within_s * PATIENCE} s"
        time.sleep(0.01)


def open_it(source: object, warn: Callable[[str], None] = pytest.fail, **options: Any) -> Source:
    """The open source, with SourceOptions; unless ``warn`` takes them, warnings fail the test."""
    return open_source(str(source), SourceOptions(**options), warn=warn)


def read_all(source: Source) -> list[CapturedFrame]:
    """The frames to the end of the source."""
    return list(iter(source.read, None))


def fault_of(source: object) -> str:
    """The message of the SourceError that opening or reading ``source`` raises."""
    with pytest.raises(SourceError) as caught, open_it(source) as opened:
        read_all(opened)
    return str(caught.value)


@contextmanager
def mjpeg_server(colour: Sequence[int] = RED, fps: float = 50.0) -> Iterator[str]:
    """The address of a camera server that sends MJPEG as network cameras do.

    /live never ends, /ends closes after 5 frames, /stalls falls silent after 5 frames, /pauses
    for 6 s, in /damaged every fourth frame is no JPEG, /page is no video, /private wants a
    password, everything else is 404.
    """
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(plain(colour), cv2.COLOR_RGB2BGR))[1].tobytes()
    part = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"
    over = threading.Event()

    class Camera(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/page":
                self._head(200, "text/html")
                self.wfile.write(b"<html>hello</html>")
            elif self.path == "/private":
                self._head(401, "text/html")
            elif self.path in ("/live", "/ends", "/stalls", "/pauses", "/damaged"):
                self._head(200, "multipart/x-mixed-replace; boundary=frame")
                self._stream()
            else:
                self.send_error(404)

        def _head(self, status: int, content: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content)
            self.end_headers()

        def _stream(self) -> None:
            sent = 0
            try:
                endless = self.path in ("/live", "/pauses", "/damaged")
                while not over.wait(1 / fps) and (endless or sent < 5):
                    damaged = self.path == "/damaged" and sent % 4 == 3
                    picture = b"no picture" if damaged else jpeg
                    self.wfile.write(part % (len(picture), picture))
                    sent += 1
                    if self.path == "/pauses" and sent == 5:
                        over.wait(6)
                if self.path == "/stalls":
                    over.wait()
            except OSError:
                pass  # the reader has gone

        def log_message(self, *args: object) -> None:
            pass

    with serving(Camera) as url:
        try:
            yield url
        finally:
            over.set()


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of an HTTP server with ``handler``, until the block ends."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        # Handlers are daemon threads: closing must not wait for one that still sends.
        server.block_on_close = False
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
