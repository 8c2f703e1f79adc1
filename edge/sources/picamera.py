"""The Raspberry Pi's own camera, through picamera2."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from typing import Any, cast

import cv2
import numpy as np

from edge.errors import SourceError
from edge.preprocess import Frame
from edge.sources.frame import CapturedFrame, Source, SourceOptions
from edge.sources.naming import PI_CAMERA
from edge.sources.picamera_setup import import_picamera2, opening_fault

_BUFFERS = 3  # one being filled, one waiting to be, one being copied
_OLDEST_STAMP_S = 5.0
_FAULTS = (RuntimeError, OSError, TimeoutError, CancelledError)  # what picamera2 raises

# libcamera names the bytes from the highest to the lowest, so that "BGR888" is R, G, B in memory.
_TO_RGB: dict[str, int | None] = {
    "BGR888": None,
    "RGB888": cv2.COLOR_BGR2RGB,
    "XBGR8888": cv2.COLOR_RGBA2RGB,
    "XRGB8888": cv2.COLOR_BGRA2RGB,
    "YUV420": cv2.COLOR_YUV2RGB_I420,
    "YUYV": cv2.COLOR_YUV2RGB_YUYV,  # USB cameras that libcamera drives
    "MJPEG": None,  # decoded by picamera2
}


class PiCamera(Source):
    """Frames of a camera at the Raspberry Pi's camera connector, each one taken after it is asked.

    Where the hardware scales a second, smaller stream to just above the model's input, ``pixels``
    comes from that one, and the full stream goes into ``full`` when somebody looks at it.
    """

    live = True
    recovers = True

    def __init__(self, text: str, options: SourceOptions) -> None:
        """Open ``picamera`` (the first camera) or ``picamera:N``.

        Raises SourceError when picamera2 is missing or unusable, or there is no such camera, or
        another program has it.
        """
        self.name = text
        number = text.removeprefix(PI_CAMERA).removeprefix(":") or "0"
        if not (number.isascii() and number.isdigit()):
            raise SourceError(f"{text}: is no camera; use picamera, or picamera:1 for the second")
        module = import_picamera2(text)
        self._number = 0
        self._preview = options.preview
        self._timeout_s = options.read_timeout_s
        self._camera = _opened(module, text, int(number))
        try:
            self._stream = _configure(self._camera, module, options)
            self._camera.start()
        except _FAULTS as error:
            self.close()
            raise SourceError(f"{text}: {opening_fault(error)}") from error
        self.description = _description(self._camera, self._stream)

    def read(self) -> CapturedFrame:
        """The next frame. Raises SourceError when none comes in time."""
        try:
            request = self._camera.capture_request(wait=self._timeout_s)
            try:
                taken_s = sensor_time_s(request.get_metadata().get("SensorTimestamp"))
                pixels = self._pixels(request, self._stream)
                full = None
                if self._preview and self._stream != "main":
                    full = self._pixels(request, "main")
            finally:
                request.release()  # the camera has few buffers and waits for this one
        except SourceError:
            raise
        except _FAULTS as error:
            fault = f"failed ({error})"
            if isinstance(error, TimeoutError):
                fault = f"gave no frame for {self._timeout_s:.0f} s"
            raise SourceError(
                f"{self.name}: {fault}; check the ribbon cable and the power supply"
            ) from error
        number, self._number = self._number, self._number + 1
        return CapturedFrame.taken_at(taken_s, pixels, number, full=full)

    def close(self) -> None:
        # A capture that ran into the time-out is still queued, and close() would wait for it.
        flush = getattr(self._camera, "cancel_all_and_flush", None)
        try:
            if flush is not None:
                flush()
            self._camera.close()
        except _FAULTS:
            pass  # gone already; what is left of it ends with the process

    def _pixels(self, request: Any, stream: str) -> Frame:
        config = self._camera.camera_configuration()[stream]
        return to_rgb(request.make_array(stream), config["format"], config["size"], self.name)


def to_rgb(array: Frame, pixel_format: str, size: tuple[int, int], name: str) -> Frame:
    """RGB of what picamera2's ``make_array`` gives for a stream of ``size`` (width, height).

    Rows may be padded at their end. Raises SourceError for a format that is no picture.
    """
    if pixel_format not in _TO_RGB:
        raise SourceError(
            f"{name}: gives {pixel_format}, which is no picture; use another camera, or update "
            "with `sudo apt full-upgrade`"
        )
    conversion = _TO_RGB[pixel_format]
    rgb = array if conversion is None else cast(Frame, cv2.cvtColor(array, conversion))
    width, height = size
    return np.ascontiguousarray(rgb[:height, :width])


def small_size(
    frame: tuple[int, int], model_input: tuple[int, int] | None
) -> tuple[int, int] | None:
    """The even (width, height) for the small stream, or None when there is no use for one.

    It has the frame's aspect ratio, exactly if a size close by has, and both of the model's sides
    fit into it.
    """
    width, height = frame
    if model_input is None:
        return None
    lowest = max(model_input[1], -(-model_input[0] * height // width))
    candidates = range(lowest + lowest % 2, min(height, lowest + lowest // 8 + 3), 2)
    exact = [rows for rows in candidates if rows * width % (2 * height) == 0]
    rows = exact[0] if exact else lowest + lowest % 2
    columns = -(-rows * width // height)
    columns += columns % 2
    return (columns, rows) if columns < width and rows < height else None


def sensor_time_s(stamp_ns: int | None) -> float:
    """The moment that a sensor time stamp means, in seconds on the monotonic clock; or now.

    The stamp counts nanoseconds since boot: with the time asleep by libcamera's description,
    without it by some drivers.
    """
    now_s = time.monotonic()
    if stamp_ns is not None:
        for clock_s in (time.clock_gettime(time.CLOCK_BOOTTIME), now_s):
            age_s = clock_s - stamp_ns / 1e9
            if 0 <= age_s <= _OLDEST_STAMP_S:
                return now_s - age_s
    return now_s


def _opened(module: Any, text: str, index: int) -> Any:
    """The open Picamera2 object. Raises SourceError."""
    try:
        cameras = module.Picamera2.global_camera_info()
        if not cameras:
            raise SourceError(
                f"{text}: no camera is found; switch the Pi off, reseat the ribbon cable, and "
                "check with `rpicam-hello --list-cameras`"
            )
        if index >= len(cameras):
            choices = ", ".join(f"{PI_CAMERA}:{number}" for number in range(len(cameras)))
            raise SourceError(f"{text}: there is no such camera; choose --source from {choices}")
        return module.Picamera2(index)
    except SourceError:
        raise
    except (*_FAULTS, IndexError) as error:
        raise SourceError(f"{text}: {opening_fault(error)}") from error


def _configure(camera: Any, module: Any, options: SourceOptions) -> str:
    """Set the streams up; the name of the one to classify, ``lores`` or ``main``."""
    frame = (options.width - options.width % 2, options.height - options.height % 2)
    main = {"size": frame, "format": "BGR888"}
    # queue=False: a capture waits for the next frame instead of taking one that has lain there.
    fixed = {"buffer_count": _BUFFERS, "queue": False, "display": None, "encode": None}
    small = small_size(frame, options.model_input)
    if small is not None:
        try:
            lores = {"size": small, **_small_format(module)}
            colour = {"colour_space": _colour_space()} if lores["format"] == "YUV420" else {}
            camera.configure(
                camera.create_video_configuration(main=main, lores=lores, **colour, **fixed)
            )
            return "lores"
        except _FAULTS:
            pass  # hardware without a second stream
    camera.configure(camera.create_video_configuration(main=main, **fixed))
    return "main"


def _small_format(module: Any) -> dict[str, str]:
    """RGB where the second stream can be that (Pi 5), else the one format that all can (Pi 4)."""
    platform = getattr(getattr(module.Picamera2, "platform", None), "name", "")
    return {"format": "BGR888" if platform == "PISP" else "YUV420"}


def _colour_space() -> Any:
    """The YUV that OpenCV's conversion takes for granted, whatever the size of the frame."""
    from libcamera import ColorSpace  # type: ignore[import-not-found,unused-ignore]

    return ColorSpace.Smpte170m()


def _description(camera: Any, stream: str) -> str:
    configuration = camera.camera_configuration()
    width, height = configuration["main"]["size"]
    described = f"{width}x{height}"
    if stream != "main":
        small_width, small_height = configuration[stream]["size"]
        described += f", {small_width}x{small_height} to the model"
    shortest_us = configuration.get("controls", {}).get("FrameDurationLimits", (0,))[0]
    return described + (f" at {1e6 / shortest_us:.3g} frames/s" if shortest_us else "")
