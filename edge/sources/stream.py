"""A stream from the network: HTTP (MJPEG and what else FFmpeg reads) and RTSP."""

from __future__ import annotations

import re
import time

import cv2

from edge.errors import SourceError
from edge.sources.frame import CapturedFrame, Source
from edge.sources.opencv import describe, grab_past_damage, open_capture, retrieve_rgb
from edge.sources.reach import check_reachable, diagnose, silence, stream_parts
from edge.sources.video import VideoFile

_TIMEOUT_S = 5.0  # to open, and for each read
# One frame of delay for twice the decoding speed: FFmpeg's default, a thread for each core, holds
# back a frame for each of them, and a reader that is too slow falls behind without end.
_DECODER_THREADS = 2
_PASSWORD = re.compile(r"^(\w+://[^/:@]*:)[^/]*(?=@)")
_DAMAGED_IN_A_ROW = 30


def is_url(text: str) -> bool:
    """True for ``scheme://...``."""
    return "://" in text


def without_password(url: str) -> str:
    """``url`` with the password, if it carries one, masked; for messages."""
    return _PASSWORD.sub(r"\1***", url)


def open_stream(url: str, *, max_rate: bool) -> Source:
    """The stream at ``url``, or the recording: what has an end plays at its own rate.

    Returns or raises SourceError within about 5 s; within 1 s when the host is off.
    """
    name = without_password(url)
    parts = stream_parts(url, name)
    check_reachable(parts, name)
    started_s = time.monotonic()
    milliseconds = int(_TIMEOUT_S * 1000)
    capture = open_capture(
        url,
        cv2.CAP_FFMPEG,
        [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds),
            *(cv2.CAP_PROP_N_THREADS, _DECODER_THREADS),
        ],
    )
    if not capture.isOpened():
        timed_out = time.monotonic() - started_s >= 0.9 * _TIMEOUT_S
        raise SourceError(
            f"{name}: {silence(_TIMEOUT_S, 'video') if timed_out else diagnose(parts)}"
        )
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        return VideoFile(capture, name, max_rate=max_rate)
    return Stream(capture, name)


class Stream(Source):
    """Frames of a live stream, as they arrive."""

    live = True
    recovers = True

    def __init__(self, capture: cv2.VideoCapture, name: str) -> None:
        self.name = name
        self.description = describe(capture)
        self._capture = capture
        self._number = 0

    def read(self) -> CapturedFrame:
        """The next frame that is whole. Raises SourceError when the stream breaks off."""
        for _ in range(_DAMAGED_IN_A_ROW):
            asked_s = time.monotonic()
            damaged = grab_past_damage(self._capture)
            grabbed_s = time.monotonic()
            if damaged is None:
                raise SourceError(f"{self.name}: {self._break(grabbed_s - asked_s)}")
            pixels = retrieve_rgb(self._capture, self.name)
            number = self._number + damaged
            self._number = number + 1
            self.damaged += damaged + (pixels is None)
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
