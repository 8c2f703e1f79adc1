"""Network cameras on this machine, as real server processes that crash, hang and come back.

HTTP with MJPEG is Debian's ffmpeg, RTSP with H.264 is GStreamer's RTSP server. Where their packages
are absent, ``missing`` says which to install.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from benchmarks.streams.probes import first_frame_s

ServerKind = Literal["http", "rtsp"]

_ROOT = Path(__file__).resolve().parents[2]
_RTSP_CAMERA = Path(__file__).with_name("rtsp_camera.py")
_SYSTEM_PYTHON = "/usr/bin/python3"  # the only one that sees the system's GStreamer bindings
_RTSP_PACKAGES = (
    "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad"
)
_CHECK_S = 30


def missing(kind: ServerKind) -> str:
    """Why this server cannot run here, with the remedy; "" when it can."""
    if kind == "http":
        if shutil.which("ffmpeg"):
            return ""
        return "ffmpeg: not installed; sudo apt install ffmpeg"
    remedy = f"sudo apt install {_RTSP_PACKAGES}"
    try:
        done = subprocess.run(
            [_SYSTEM_PYTHON, str(_RTSP_CAMERA), "--check"],
            capture_output=True,
            text=True,
            timeout=_CHECK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"{_SYSTEM_PYTHON}: cannot be run; {remedy}"
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
    return f"RTSP server: {lines[-1]}; {remedy}"


class StreamServer:
    """One camera server; start it, let it crash or hang, use it in a ``with`` block.

    Attributes:
        url: where its stream is, the same after every restart.
        size: (width, height) of its frames in pixels.
    """

    def __init__(self, url: str, command: Callable[[int, int], list[str]]) -> None:
        """``command(width, height)`` is what starts it with frames of that size, in pixels."""
        self.url = url
        self.size = (0, 0)
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, size: tuple[int, int] = (320, 240)) -> float:
        """Start it, and return time.monotonic() when it had its first good frame.

        Raises SourceError when none came.
        """
        self.crash()
        self.size = size
        # A session of its own, so that signals reach the server's children, too.
        self._process = subprocess.Popen(self._command(*size), cwd=_ROOT, start_new_session=True)
        return first_frame_s(self.url)

    def crash(self) -> None:
        """End it at once, without a good-bye to whoever is connected."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Stop it in the middle of what it does: connections stay open, and nothing comes."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> float:
        """Let it go on; returns time.monotonic() when it had its first good frame."""
        self._signal(signal.SIGCONT)
        return first_frame_s(self.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.crash()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, number)


def http_server(fps: int = 30, clip: Path | None = None) -> StreamServer:
    """MJPEG over HTTP: a moving test picture, or ``clip`` again and again."""
    port = _free_port()
    module = [sys.executable, "-m", "benchmarks.streams.http_camera", str(port)]
    film = [] if clip is None else [str(clip.resolve())]
    return StreamServer(
        f"http://127.0.0.1:{port}/live",
        lambda width, height: [*module, str(width), str(height), str(fps), *film],
    )


def rtsp_server(fps: int = 30) -> StreamServer:
    """H.264 over RTSP: a moving test picture."""
    port = _free_port()
    script = [_SYSTEM_PYTHON, str(_RTSP_CAMERA), str(port)]
    return StreamServer(
        f"rtsp://127.0.0.1:{port}/live",
        lambda width, height: [*script, str(width), str(height), str(fps)],
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
