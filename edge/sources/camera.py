"""A USB or built-in camera, through V4L2."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import cv2

from edge.errors import SourceError
from edge.sources.frame import CapturedFrame, Source
from edge.sources.opencv import open_capture, retrieve_rgb

_DAMAGED_IN_A_ROW = 30  # a second of broken JPEGs: no longer a hiccup
_OLDEST_DRIVER_STAMP_S = 5.0


def is_camera(text: str) -> bool:
    """True for a camera index such as ``0`` and for a device path such as ``/dev/video0``."""
    return (text.isascii() and text.isdigit()) or text.startswith("/dev/")


class Camera(Source):
    """Frames of a V4L2 camera, as they come; numbers count what the driver gave."""

    live = True

    def __init__(self, text: str, width: int, height: int) -> None:
        """Open camera ``text`` and ask for MJPG frames of ``width`` x ``height`` pixels.

        Raises SourceError when there is no such camera, or it is busy, or may not be used.
        """
        device = Path(f"/dev/video{int(text)}" if text.isdigit() else text)
        self.name = f"camera {text} ({device})" if text.isdigit() else text
        if sys.platform == "linux":
            _check_device(self.name, device)
        self._capture = _open(text, width, height)
        if not self._capture.isOpened():
            raise SourceError(
                f"{self.name}: does not open as a camera; close the program that uses it "
                f"(`fuser {device}` shows it), or {_choice()}"
            )
        self._number = 0

    def read(self) -> CapturedFrame:
        """The next frame that is whole. Raises SourceError when the camera is gone."""
        for _ in range(_DAMAGED_IN_A_ROW):
            if not self._capture.grab():
                raise SourceError(
                    f"{self.name}: gave no frame; check the cable and the power supply, and "
                    "that no other program uses the camera"
                )
            grabbed_s = time.monotonic()
            driver_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
            number, self._number = self._number, self._number + 1
            pixels = retrieve_rgb(self._capture, self.name)
            if pixels is not None:
                taken_s = capture_time_s(grabbed_s, driver_ms)
                return CapturedFrame.taken_at(taken_s, pixels, number)
        raise SourceError(
            f"{self.name}: {_DAMAGED_IN_A_ROW} damaged frames in a row; use a shorter "
            "cable, another USB port, or a smaller --width and --height"
        )

    def close(self) -> None:
        self._capture.release()


def capture_time_s(grabbed_s: float, driver_ms: float) -> float:
    """When the frame was taken, in seconds on the monotonic clock.

    V4L2 stamps frames on that same clock, before they wait in the driver's queue. Drivers that
    leave the stamp out, or use another clock, are told by a stamp that is not just before the grab.
    """
    waited_s = grabbed_s - driver_ms / 1000
    return driver_ms / 1000 if 0 <= waited_s <= _OLDEST_DRIVER_STAMP_S else grabbed_s


def _open(text: str, width: int, height: int) -> cv2.VideoCapture:
    backend = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
    capture = open_capture(int(text) if text.isdigit() else text, backend, [])
    # MJPG before the size: uncompressed video does not fit through USB at more than a few frames
    # per second, and the driver picks the sizes that go with the format it has.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _check_device(name: str, device: Path) -> None:
    """Raise the SourceError that OpenCV, which only fails to open, does not give."""
    if not device.exists():
        raise SourceError(f"{name}: there is no such device; plug the camera in, or {_choice()}")
    if not stat.S_ISCHR(device.stat().st_mode):
        raise SourceError(f"{name}: is no device; {_choice()}")
    if not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(
            f"{name}: may not be used; run `sudo usermod -aG video $USER` and log in again"
        )


def _choice() -> str:
    """What --source could be here instead."""
    devices = sorted(Path("/dev").glob("video*"), key=lambda path: (len(path.name), path.name))
    return (
        f"choose --source from {', '.join(map(str, devices))}"
        if devices
        else "give --source a stream URL, a video or a folder of pictures (no camera is here)"
    )
