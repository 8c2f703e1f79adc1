"""What the OpenCV sources share: a quiet ``VideoCapture`` whose frames are RGB."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from edge.errors import SourceError
from edge.preprocess import Frame
from edge.quiet import silence_opencv

_FFMPEG_QUIET = "-8"  # AV_LOG_QUIET
_V4L2_SELECT_TIMEOUT_S = "5"  # OpenCV's own 10 s is as long as we call a camera stalled


def open_capture(source: int | str, backend: int, settings: Sequence[int]) -> cv2.VideoCapture:
    """OpenCV's reader for ``source``; ask its ``isOpened()``. Nothing is printed on the way.

    ``settings`` is a flat list of cv2.CAP_PROP numbers and values, applied while it opens.
    """
    # Both are read when a capture opens; our own message says what OpenCV and FFmpeg would.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", _V4L2_SELECT_TIMEOUT_S)
    silence_opencv()
    return cv2.VideoCapture(source, backend, list(settings))


def retrieve_rgb(capture: cv2.VideoCapture, name: str) -> Frame | None:
    """The grabbed frame, RGB, or None when it is damaged; SourceError when it is no frame."""
    decoded, bgr = capture.retrieve()
    return to_rgb(cast(Frame, bgr), name) if decoded else None


def to_rgb(bgr: Frame, name: str) -> Frame:
    """OpenCV's B, G, R or grey frame as R, G, B. Raises SourceError for an undecoded buffer."""
    if bgr.dtype == np.uint8 and bgr.ndim == 3 and bgr.shape[2] == 3:
        return cast(Frame, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
    is_grey = bgr.ndim == 2 or (bgr.ndim == 3 and bgr.shape[2] == 1)
    # OpenCV 4.11 can hand out a camera's raw buffer as one row, and cvtColor would swallow it.
    if bgr.dtype == np.uint8 and is_grey and bgr.shape[0] > 1:
        return cast(Frame, cv2.cvtColor(bgr, cv2.COLOR_GRAY2RGB))
    raise SourceError(
        f"{name}: OpenCV {cv2.__version__} gave a buffer of shape {bgr.shape} instead of a frame; "
        "install the OpenCV that requirements-edge.txt names"
    )
