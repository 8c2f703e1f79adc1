"""What the OpenCV sources share: a quiet ``VideoCapture`` whose frames are BGR, and whole."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from edge.errors import SourceError
from edge.preprocess import Frame
from edge.quiet import silence_opencv

_FFMPEG_QUIET = "-8"  # AV_LOG_QUIET
# RTSP over TCP where the camera allows it, which is OpenCV's default but lost with any setting; and
# no count of frames to estimate a rate that a live stream does not need: H.264 at 10 frames/s
# opens in 1 s instead of 3 s.
_FFMPEG_OPTIONS = "rtsp_flags;prefer_tcp|fpsprobesize;0"
_DAMAGED_IN_A_ROW = 30
_AT_ONCE_S = 1.0


# One frame of delay for twice the decoding speed: FFmpeg's default, a thread for each core, holds
# back a frame for each of them, and a reader that is too slow falls behind without end.
DECODER_THREADS = 2


def allow_silence(seconds: float) -> None:
    """Let a read of the V4L2 cameras that are opened from now on wait a little longer than this.

    So a camera is called stalled first, and its driver lets it go right after.
    """
    os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = str(math.ceil(min(seconds, 3600)) + 1)


def open_capture(source: int | str, backend: int, settings: Sequence[int]) -> cv2.VideoCapture:
    """OpenCV's reader for ``source``; ask its ``isOpened()``. Nothing is printed on the way.

    ``settings`` is a flat list of cv2.CAP_PROP numbers and values, applied while it opens.
    """
    # All are read when a capture opens, and a user's own setting stays. Our own message says what
    # OpenCV and FFmpeg would.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", _FFMPEG_OPTIONS)
    silence_opencv()
    return cv2.VideoCapture(source, backend, list(settings))


def grab_past_damage(capture: cv2.VideoCapture) -> int | None:
    """Grab FFmpeg's next frame: how many damaged ones came before it, None when there is none.

    A packet that cannot be decoded looks like the end to ``grab()``, but the next one may be good.
    At the real end each further ``grab()`` fails at once; one that has waited is not repeated.
    """
    for damaged in range(_DAMAGED_IN_A_ROW):
        asked_s = time.monotonic()
        if capture.grab():
            return damaged
        if time.monotonic() - asked_s > _AT_ONCE_S:
            break
    return None


def retrieve_bgr(capture: cv2.VideoCapture, name: str) -> Frame | None:
    """The grabbed frame, BGR, or None when it is damaged; SourceError when it is no frame."""
    decoded, frame = capture.retrieve()
    return to_bgr(cast(Frame, frame), name) if decoded else None


def to_bgr(frame: Frame, name: str) -> Frame:
    """OpenCV's BGR or grey frame as BGR. Raises SourceError for an undecoded buffer."""
    if frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3:
        return frame
    is_grey = frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 1)
    # OpenCV 4.11 can hand out a camera's raw buffer as one row, and cvtColor would swallow it.
    if frame.dtype == np.uint8 and is_grey and frame.shape[0] > 1:
        return cast(Frame, cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    raise SourceError(
        f"{name}: OpenCV {cv2.__version__} gave a buffer of shape {frame.shape} instead of a "
        "frame; install the OpenCV that requirements-edge.txt names"
    )


def fourcc(capture: cv2.VideoCapture) -> str:
    """The four letters of the format, such as ``MJPG``; empty when it is unknown."""
    number = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    letters = number.to_bytes(4, "little").decode("ascii", "replace").strip("\0 ")
    return letters if letters.isascii() and letters.isprintable() else ""


def describe(capture: cv2.VideoCapture) -> str:
    """What the open ``capture`` gives: ``640x480 MJPG at 30 frames/s``, as far as it is known."""
    width, height = (
        int(capture.get(number)) for number in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    rate = capture.get(cv2.CAP_PROP_FPS)
    known_rate = f"at {rate:.3g} frames/s" if 0 < rate <= 1000 else ""
    return " ".join(part for part in (f"{width}x{height}", fourcc(capture), known_rate) if part)
