"""A stand-in for picamera2, for machines without a Raspberry Pi's camera.

It has the names, shapes, byte orders, checks and errors of picamera2 0.3.38 as far as they are
used: ``create_video_configuration`` with its defaults, ``configure`` with its checks,
``capture_request`` with its time-out, requests that must be released, rows that are padded to 64
bytes in YUV420. What it cannot show is the hardware. Tests set the class's attributes.
"""

from __future__ import annotations

import enum
import time
from collections import Counter
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, ClassVar

import cv2
import numpy as np


class Platform(enum.Enum):
    VC4 = 0  # to the Pi 4
    PISP = 1  # the Pi 5


class Request:
    """A completed request: the buffers of all streams of one moment."""

    def __init__(self, camera: Picamera2) -> None:
        self._camera = camera
        self.released = False

    def make_array(self, name: str) -> np.ndarray:
        assert not self.released, "the buffers belong to the camera again"
        if Picamera2.broken:
            raise RuntimeError("failed to find buffer")
        Picamera2.copied[name] += 1
        config = self._camera.camera_config[name]
        width, height = config["size"]
        scene = np.full((height, width, 3), Picamera2.colour, np.uint8)
        if config["format"] == "BGR888":  # R, G, B in memory
            return scene
        if config["format"] == "YUV420":  # each plane's rows padded, one array of 1.5 the height
            padded = np.zeros((height, -(-width // 64) * 64, 3), np.uint8)
            padded[:, :width] = scene
            return cv2.cvtColor(padded, cv2.COLOR_RGB2YUV_I420)
        raise RuntimeError("Format " + config["format"] + " not supported")

    def get_metadata(self) -> dict[str, Any]:
        boot_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return {"SensorTimestamp": boot_ns - 40_000_000, "ExposureTime": 10_000}

    def release(self) -> None:
        assert not self.released, "lock now has negative ref_count"
        self.released = True
        self._camera.waiting_buffers += 1


class Picamera2:
    """One camera; the class attributes are what the hardware would decide."""

    platform = Platform.VC4
    cameras: tuple[str, ...] = ("imx708",)
    colour = (200, 60, 20)  # R, G, B of what it sees
    busy = False
    has_lores = True
    silent = False  # gives no frame any more
    broken = False  # gives frames whose buffers are gone
    copied: ClassVar[Counter[str]] = Counter()  # streams that were copied out
    opened: ClassVar[list[Picamera2]] = []

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Model": name, "Num": number} for number, name in enumerate(Picamera2.cameras)]

    def __init__(self, camera_num: int = 0) -> None:
        if camera_num >= len(self.cameras):
            raise RuntimeError(f"No camera number {camera_num} found")
        if Picamera2.busy:
            cause = RuntimeError("Failed to acquire camera: Device or resource busy")
            raise RuntimeError("Camera __init__ sequence did not complete.") from cause
        self.camera_num = camera_num
        self.camera_config: dict[str, Any] = {}
        self.waiting_buffers = 0
        self.started = False
        self.flushed = False
        self.closed = False
        Picamera2.opened.append(self)

    def create_video_configuration(
        self,
        main: dict[str, Any],
        lores: dict[str, Any] | None = None,
        colour_space: Any = None,
        buffer_count: int = 6,
        controls: dict[str, Any] | None = None,
        display: str | None = "main",
        encode: str | None = "main",
        queue: bool = True,
    ) -> dict[str, Any]:
        main = {"format": "XBGR8888", "size": (1280, 720), "preserve_ar": True} | main
        if lores is not None:
            lores = {"format": "YUV420", "size": main["size"], "preserve_ar": False} | lores
        return {
            "main": main,
            "lores": lores,
            "colour_space": colour_space,
            "buffer_count": buffer_count,
            "controls": {"FrameDurationLimits": (33333, 33333)} | (controls or {}),
            "display": display,
            "encode": encode,
            "queue": queue,
        }

    def configure(self, camera_config: dict[str, Any]) -> None:
        main, lores = camera_config["main"], camera_config["lores"]
        for stream in (main, lores) if lores else (main,):
            if stream["size"][0] % 2 or stream["size"][1] % 2:
                raise RuntimeError("width and height should be even")
        if lores:
            if not Picamera2.has_lores:
                raise RuntimeError(f"Invalid camera configuration: {camera_config}")
            if lores["size"][0] > main["size"][0] or lores["size"][1] > main["size"][1]:
                raise RuntimeError("lores stream dimensions may not exceed main stream")
            if self.platform == Platform.VC4 and lores["format"] != "YUV420":
                raise RuntimeError("lores stream must be YUV")
        self.camera_config = camera_config

    def camera_configuration(self) -> dict[str, Any]:
        return self.camera_config

    def start(self) -> None:
        self.started = True
        self.waiting_buffers = self.camera_config["buffer_count"]

    def capture_request(self, wait: float | None = None) -> Request:
        if Picamera2.silent or not self.waiting_buffers:
            time.sleep(3600 if wait is None else wait)
            raise FutureTimeoutError
        self.waiting_buffers -= 1
        return Request(self)

    def cancel_all_and_flush(self) -> None:
        self.flushed = True

    def close(self) -> None:
        assert self.flushed or not Picamera2.silent, "close() would wait for the queued capture"
        self.closed = True
