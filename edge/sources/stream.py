"""A stream from the network: HTTP (MJPEG and what else FFmpeg reads) and RTSP."""

from __future__ import annotations

import re
import socket
import time
import urllib.error
import urllib.request
from urllib.parse import SplitResult, urlsplit, urlunsplit

import cv2

from edge.errors import SourceError
from edge.sources.frame import CapturedFrame, Source
from edge.sources.opencv import open_capture, retrieve_rgb
from edge.sources.video import VideoFile

_SCHEMES = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}  # and the port each one means
_TIMEOUT_S = 5.0  # to open, and for each read
_DIAGNOSIS_S = 1.0
_PASSWORD = re.compile(r"^(\w+://[^/:@]*:)[^/]*(?=@)")
_DAMAGED_IN_A_ROW = 30


def is_url(text: str) -> bool:
    """True for ``scheme://...``."""
    return "://" in text


def without_password(url: str) -> str:
    """``url`` with the password, if it carries one, masked; for messages."""
    return _PASSWORD.sub(r"\1***", url)


def open_stream(url: str) -> Source:
    """The stream at ``url``, or the recording: what has an end plays at its own rate.

    Returns or raises SourceError within about 5 s.
    """
    name = without_password(url)
    parts = _checked_parts(url, name)
    started_s = time.monotonic()
    milliseconds = int(_TIMEOUT_S * 1000)
    capture = open_capture(
        url,
        cv2.CAP_FFMPEG,
        [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds),
        ],
    )
    if not capture.isOpened():
        timed_out = time.monotonic() - started_s >= 0.9 * _TIMEOUT_S
        raise SourceError(f"{name}: {_silence() if timed_out else _diagnosis(parts)}")
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        return VideoFile(capture, name)
    return Stream(capture, name)


class Stream(Source):
    """Frames of a live stream, as they arrive."""

    live = True

    def __init__(self, capture: cv2.VideoCapture, name: str) -> None:
        self.name = name
        self._capture = capture
        self._number = 0

    def read(self) -> CapturedFrame:
        """The next frame that is whole. Raises SourceError when the stream breaks off."""
        for _ in range(_DAMAGED_IN_A_ROW):
            asked_s = time.monotonic()
            if not self._capture.grab():
                raise SourceError(f"{self.name}: {self._break(time.monotonic() - asked_s)}")
            grabbed_s = time.monotonic()
            number, self._number = self._number, self._number + 1
            pixels = retrieve_rgb(self._capture, self.name)
            if pixels is not None:
                return CapturedFrame.taken_at(grabbed_s, pixels, number)
        raise SourceError(
            f"{self.name}: {_DAMAGED_IN_A_ROW} damaged frames in a row; check the network, or ask "
            "the camera for a lower bit rate"
        )

    def close(self) -> None:
        self._capture.release()

    def _break(self, waited_s: float) -> str:
        if waited_s >= 0.9 * _TIMEOUT_S:
            fault = f"no frame for {_TIMEOUT_S:.0f} s after {self._number}"
        else:
            fault = f"the stream ended after {self._number} frames"
        return f"{fault}; check the camera and the network, then start again"


def _checked_parts(url: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fits = bool(parts.scheme in _SCHEMES and parts.hostname and parts.port != 0)
    except ValueError:  # a port that is no number, or half an IPv6 address
        fits = False
    if not fits:
        raise SourceError(
            f"{name}: is no stream URL; use http://, https:// or rtsp://HOST[:PORT]/PATH"
        )
    return parts


def _silence() -> str:
    return (
        f"no video within {_TIMEOUT_S:.0f} s; check that the camera is on and that the address and "
        "the port are right"
    )


def _diagnosis(parts: SplitResult) -> str:
    """Fault and remedy of a stream that did not open at once, from one more look at its server."""
    try:
        if parts.scheme in ("http", "https"):
            return _http_diagnosis(parts)
        address = (parts.hostname or "", parts.port or _SCHEMES[parts.scheme])
        socket.create_connection(address, timeout=_DIAGNOSIS_S).close()
        return "the server answers but gives no video; check the path, the user and the password"
    except TimeoutError:
        return _silence()
    except ConnectionRefusedError:
        return "connection refused; start the stream's server, or correct the port"
    except socket.gaierror:
        return "unknown host; correct the name, or give the address as numbers"
    except (OSError, ValueError) as error:
        return f"cannot be reached ({error}); check the network and the address"


def _http_diagnosis(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    # A proxy would answer in the camera's place.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urlunsplit(parts._replace(netloc=host)), timeout=_DIAGNOSIS_S) as answer:
            content = answer.headers.get_content_type()
        return f"answers with {content}, which is no video that opens; check the path"
    except urllib.error.HTTPError as error:
        remedy = "check the path"
        if error.code in (401, 403):
            remedy = f"give user and password: {parts.scheme}://USER:PASSWORD@{host}{parts.path}"
        return f"the server answers {error.code} {error.reason}; {remedy}"
    except urllib.error.URLError as error:
        if isinstance(error.reason, OSError):
            raise error.reason from error
        raise
