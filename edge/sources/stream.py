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
    retrieve_bgr,
)
from edge.sources.reach import check_reachable, diagnose, silence, stream_parts
from edge.sources.video import VideoFile

_OPEN_TIMEOUT_S = 5.0
_DAMAGED_IN_A_ROW = 30


def open_stream(url: str, options: SourceOptions) -> Source:
    """The stream at ``url``, or the recording: what has an end plays at its own rate.

    Returns or raises SourceError within about 5 s, or ``options.stall_s`` when that is more; within
    1 s when the host is off.
    """
    name = source_name(url)
    parts = stream_parts(url, name)
    check_reachable(parts, name)
    # A stream of few frames needs its time to show the first one.
    timeout_s = max(_OPEN_TIMEOUT_S, options.stall_s)
    started_s = time.monotonic()
    capture = open_capture(
        url,
        cv2.CAP_FFMPEG,
        [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(timeout_s * 1000)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(options.read_timeout_s * 1000)),
            *(cv2.CAP_PROP_N_THREADS, DECODER_THREADS),
        ],
    )
    if not capture.isOpened():
        timed_out = time.monotonic() - started_s >= 0.9 * timeout_s
        raise SourceError(
            f"{name}: {silence(timeout_s, 'video') if timed_out else diagnose(parts)}"
        )
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        return VideoFile(capture, name, max_rate=options.max_rate)
    return Stream(capture, name, options.read_timeout_s)


class Stream(Source):
    """Frames of a live stream, as they arrive."""

    live = True
    recovers = True

    def __init__(self, capture: cv2.VideoCapture, name: str, timeout_s: float) -> None:
        """``timeout_s`` is how long a read of ``capture`` may take."""
        self.name = name
        self._timeout_s = timeout_s
        self.description = describe(capture)
        self._capture = capture
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
            pixels = retrieve_bgr(self._capture, self.name)
            number = self._number + damaged
            self._number = number + 1
            self.damaged += damaged + (pixels is None)
            if pixels is not None:
                return CapturedFrame.taken_at(grabbed_s, pixels, number, order="BGR")
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
