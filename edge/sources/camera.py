"""A USB or built-in camera, through V4L2."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from edge.errors import SourceError
from edge.preprocess import Frame
from edge.sources.devices import check_device, failure, remember, whereabouts
from edge.sources.frame import CapturedFrame, Source, SourceOptions
from edge.sources.mjpg import MjpgDecoder
from edge.sources.opencv import allow_silence, describe, fourcc, open_capture, to_bgr

Format = Literal["MJPG", "YUYV"]

_DAMAGED_IN_A_ROW = 30  # a second of broken frames: no longer a hiccup
_OLDEST_DRIVER_STAMP_S = 5.0


class Camera(Source):
    """Frames of a V4L2 camera, as they come; numbers count what the driver gave."""

    live = True
    recovers = True

    def __init__(self, text: str, options: SourceOptions, warn: Callable[[str], None]) -> None:
        """Open camera ``text`` and ask for MJPG frames of the wanted width and height.

        ``warn`` gets a line when the driver gives something else. Raises SourceError when there is
        no such camera, or it is busy, or may not be used.
        """
        wanted = Path(f"/dev/video{int(text)}" if text.isdigit() else text)
        self._device = whereabouts(wanted)
        self._size = (options.width, options.height)
        allow_silence(options.stall_s)
        self._warn = warn
        self.name = f"camera {text} ({wanted})" if text.isdigit() else text
        if sys.platform == "linux":
            check_device(self.name, self._device)
        self._open("MJPG")
        remember(wanted, self._device)
        # Some cameras pad their pictures; none doubles them.
        self._decoder = MjpgDecoder(2 * math.prod(_given_size(self._capture)))
        self._number = 0
        self._shape: tuple[int, ...] | None = None  # of the frame before

    def read(self) -> CapturedFrame:
        """The next frame that is whole. Raises SourceError when the camera is gone."""
        fault = ""
        for attempt in range(2 * _DAMAGED_IN_A_ROW):
            if attempt == _DAMAGED_IN_A_ROW:
                if self._format != "MJPG":
                    break
                self._reopen_uncompressed()
            grabbed_s, driver_ms = self._grab()
            number, self._number = self._number, self._number + 1
            try:
                pixels = self._retrieve()
            except SourceError as error:
                pixels, fault = None, str(error)
            if pixels is not None:
                taken_s = capture_time_s(grabbed_s, driver_ms)
                return CapturedFrame.taken_at(taken_s, pixels, number, order="BGR")
            self.damaged += 1
        raise SourceError(
            fault
            or f"{self.name}: {_DAMAGED_IN_A_ROW} damaged frames in a row; use a shorter cable, "
            "another USB port, or a smaller --width and --height"
        )

    def close(self) -> None:
        self._capture.release()
        self._decoder.close()

    def _grab(self) -> tuple[float, float]:
        """Take a frame from the driver: when, in seconds, and the driver's own stamp in ms."""
        if not self._capture.grab():
            fault = failure(
                self._device,
                "gave no frame",
                "check the cable and the power supply, and that no other program uses the camera",
            )
            raise SourceError(f"{self.name}: {fault}")
        return time.monotonic(), self._capture.get(cv2.CAP_PROP_POS_MSEC)

    def _retrieve(self) -> Frame | None:
        """The frame taken, BGR, or None when it is damaged; SourceError when it is no frame."""
        retrieved, buffer = self._capture.retrieve()
        if not retrieved:
            return None
        is_encoded = self._format == "MJPG" and 1 in buffer.shape[:2]
        pixels = (
            self._decoder.decode(np.asarray(buffer))
            if is_encoded
            else to_bgr(np.asarray(buffer), self.name)
        )
        if pixels is None:
            return None
        # A damaged header can name another size. A new size that stays is a frame the next time.
        before, self._shape = self._shape, pixels.shape
        return pixels if before in (None, pixels.shape) else None

    def _open(self, wanted: Format) -> None:
        self._capture = _open(self._device, wanted, *self._size)
        if not self._capture.isOpened():
            fault = failure(
                self._device,
                "does not open as a camera",
                f"close the program that uses it (`fuser {self._device}` shows it), or choose "
                "another --source",
            )
            raise SourceError(f"{self.name}: {fault}")
        self._format = fourcc(self._capture)
        self.description = describe(self._capture)
        lacking = _lacking(self._capture, self._format, *self._size)
        if lacking:
            self._warn(f"{self.name}: gives {self.description}, {lacking}")

    def _reopen_uncompressed(self) -> None:
        self._capture.release()
        self._open("YUYV")
        follows = "has no other" if self._format == "MJPG" else f"goes on with {self._format}"
        self._warn(
            f"{self.name}: {_DAMAGED_IN_A_ROW} damaged MJPG frames in a row, {follows}; use a "
            "shorter cable or another USB port"
        )


def capture_time_s(grabbed_s: float, driver_ms: float) -> float:
    """When the frame was taken, in seconds on the monotonic clock.

    V4L2 stamps frames on that same clock, before they wait in the driver's queue. Drivers that
    leave the stamp out, or use another clock, are told by a stamp that is not just before the grab.
    """
    waited_s = grabbed_s - driver_ms / 1000
    return driver_ms / 1000 if 0 <= waited_s <= _OLDEST_DRIVER_STAMP_S else grabbed_s


def _open(device: Path, wanted: Format, width: int, height: int) -> cv2.VideoCapture:
    backend = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
    capture = open_capture(str(device), backend, [])
    if not capture.isOpened():
        return capture
    # The format before the size: uncompressed video does not fit through USB at more than a few
    # frames per second, and the driver picks the sizes that go with the format it has.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wanted))
    if fourcc(capture) != wanted:
        # Named as well: left to itself, OpenCV may take a format that it hands out undecoded.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"YUYV"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if fourcc(capture) == "MJPG":
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)  # the JPEG itself, for MjpgDecoder
    return capture


def _lacking(capture: cv2.VideoCapture, given: str, width: int, height: int) -> str:
    """What the camera does not give of what was asked, and what that means; empty when it does."""
    if given != "MJPG":
        return (
            "not MJPG; uncompressed video takes a smaller --width and --height to be quick over USB"
        )
    if _given_size(capture) != (width, height):
        return f"not {width}x{height}; give --width and --height a size that the camera has"
    return ""


def _given_size(capture: cv2.VideoCapture) -> tuple[int, int]:
    """The (width, height) that the driver says it gives."""
    width, height = cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT
    return int(capture.get(width)), int(capture.get(height))
