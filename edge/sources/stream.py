"""A stream from the network: HTTP (MJPEG and what else FFmpeg reads) and RTSP."""

from __future__ import annotations

import time

import cv2

from edge.errors import SourceError
from edge.sources.frame import CapturedFrame, Source, SourceOptions
from edge.sources.naming import source_name
from edge.sources.opencv import (
    DECODER_THREADS,
    describe,
    grab_past_damage,
    open_capture,
    retrieve_rgb,
)
from edge.sources.reach import check_reachable, diagnose, silence, stream_parts
from edge.sources.video import VideoFile

_TIMEOUT_S = 5.0  # to open, and at least for each read
_DAMAGED_IN_A_ROW = 30


def open_stream(url: str, options: SourceOptions) -> Source:
    """The stream at ``url``, or the recording: what has an end plays at its own rate.

    Returns or raises SourceError within about 5 s; within 1 s when the host is off.
    """
    name = source_name(url)
    parts = stream_parts(url, name)
    check_reachable(parts, name)
    started_s = time.monotonic()
    # Longer than it takes to call the stream stalled, so that a hang has one name.
    read_s = max(_TIMEOUT_S, options.stall_s + 1)
    capture = open_capture(
        url,
        cv2.CAP_FFMPEG,
        [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(_TIMEOUT_S * 1000)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(min(read_s, 3600) * 1000)),
            *(cv2.CAP_PROP_N_THREADS, DECODER_THREADS),
        ],
    )
    if not capture.isOpened():
        timed_out = time.monotonic() - started_s >= 0.9 * _TIMEOUT_S
        raise SourceError(
            f"{name}: {silence(_TIMEOUT_S, 'video') if timed_out else diagnose(parts)}"
        )
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        return VideoFile(capture, name, max_rate=options.max_rate)
    return Stream(capture, name, read_s)


class Stream(Source):
    """Frames of a live stream, as they arrive."""

    live = True
    recovers = True

    def __init__(self, capture: cv2.VideoCapture, name: str, timeout_s: float) -> None:
        self.name = name
        self.description = describe(capture)
        self._capture = capture
        self._timeout_s = timeout_s
        self._number = 0

    def read(self) -> CapturedFrame:
        """The next frame that is whole. Raises SourceError when the stream breaks off."""
        for _ in range(_DAMAGED_IN_A_ROW):
            asked_s = time.monotonic()
            damaged = grab_past_damage(self._capture)
            grabbed_s = time.monotonic()
            waited_s = grabbed_s - asked_s
            # At its time-out FFmpeg hands out the frame that its decoder held back: an old one.
            if damaged is None or waited_s >= 0.9 * self._timeout_s:
                raise SourceError(f"{self.name}: {self._break(waited_s)}")
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
        if waited_s >= 0.9 * self._timeout_s:
            fault = f"no frame for {self._timeout_s:.0f} s after {self._number}"
        else:
            fault = f"the stream ended after {self._number} frames"
        return f"{fault}; check the camera and the network, then start again"
