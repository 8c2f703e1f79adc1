"""From a frame of any size to the pixels that a model takes: the only resize in the project."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import UsageError

Frame = NDArray[np.uint8]  # (height, width, 3), values 0 to 255, RGB where nothing else is said

Order = Literal["RGB", "BGR"]  # of a frame's channels; OpenCV reads cameras and videos as BGR

Crop = Literal["center", "letterbox", "squash"]
Interpolation = Literal["area", "linear"]

_SMALL_PIXELS = 160 * 160
_PADDING = 127  # mid-grey: the least telling colour for the bars of a letterbox


@dataclass(frozen=True)
class FrameToInput:
    """How a frame becomes the pixels of a model's input."""

    width: int  # pixels
    height: int  # pixels
    channels: int  # 3: RGB, 1: grey
    crop: Crop = "center"
    interpolation: Interpolation = "area"  # area averages to shrink; enlarging is always linear


@dataclass(frozen=True)
class Roi:
    """The part of the frame to look at: fractions of it when no value exceeds 1, else pixels."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Raises ValueError for a rectangle that no frame can hold."""
        values = (self.x, self.y, self.width, self.height)
        if not all(math.isfinite(value) and value >= 0 for value in values):
            raise ValueError(f"{self}: a region of interest needs four numbers of 0 or more")
        if self.width == 0 or self.height == 0:
            raise ValueError(f"{self}: the width and height of a region must be more than 0")
        if self.is_fraction:
            if self.x + self.width > 1 + 1e-6 or self.y + self.height > 1 + 1e-6:
                raise ValueError(f"{self}: as fractions, x + width and y + height end at 1")
        elif any(value != int(value) for value in values):
            raise ValueError(f"{self}: give four fractions from 0 to 1, or four whole pixels")

    def __str__(self) -> str:
        return f"{self.x:g},{self.y:g},{self.width:g},{self.height:g}"

    @property
    def is_fraction(self) -> bool:
        """True for fractions of the frame, False for pixels."""
        return max(self.x, self.y, self.width, self.height) <= 1

    @classmethod
    def parse(cls, text: str) -> Roi:
        """The region that ``X,Y,WIDTH,HEIGHT`` names; ValueError when it names none."""
        parts = text.split(",")
        try:
            x, y, width, height = map(float, parts)
        except ValueError:
            raise ValueError(
                f"{text!r} is no region; give X,Y,WIDTH,HEIGHT as fractions such as "
                "0.25,0.25,0.5,0.5 or as pixels such as 160,120,320,240"
            ) from None
        return cls(x, y, width, height)

    def cut(self, frame: Frame) -> Frame:
        """A view of the region; UsageError when it reaches beyond the frame."""
        frame_height, frame_width = frame.shape[:2]
        scale_x, scale_y = (frame_width, frame_height) if self.is_fraction else (1, 1)
        left, top = round(self.x * scale_x), round(self.y * scale_y)
        right = round((self.x + self.width) * scale_x)
        bottom = round((self.y + self.height) * scale_y)
        if right > frame_width or bottom > frame_height or right <= left or bottom <= top:
            raise UsageError(
                f"region {self}: does not fit into frames of {frame_width}x{frame_height} pixels; "
                "give X,Y,WIDTH,HEIGHT inside the frame, or as fractions from 0 to 1"
            )
        return frame[top:bottom, left:right]


def to_pixels(
    frame: Frame, spec: FrameToInput, roi: Roi | None = None, order: Order = "RGB"
) -> NDArray[np.uint8]:
    """The pixels a model sees, uint8 (spec.height, spec.width, spec.channels), values 0 to 255.

    ``frame`` is (height, width, 3) with its channels in ``order``, or grey (height, width) or
    (height, width, 1). An RGB one that already has the wanted size passes through untouched,
    without a copy. Raises ValueError for an array that is no frame, UsageError for a region beyond
    it.
    """
    _check_is_frame(frame)
    if roi is not None:
        frame = roi.cut(frame)
    if spec.crop == "center":
        frame = _center_crop(frame, spec.width, spec.height)
    if spec.crop == "letterbox":
        frame = _letterbox(frame, spec)
    else:
        frame = _resize(frame, spec.width, spec.height, spec.interpolation)
    # Colours last: each channel is resized by itself, and few pixels are left to swap.
    return _with_channels(frame, spec.channels, order)


def to_rgb(frame: Frame, order: Order) -> Frame:
    """``frame`` (height, width, 3) as RGB; itself when it is RGB already."""
    return frame if order == "RGB" else cast(Frame, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))


def _check_is_frame(frame: Frame) -> None:
    if frame.dtype != np.uint8:
        raise ValueError(f"a frame is uint8, values 0 to 255, not {frame.dtype}")
    grey = frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 1)
    if not grey and not (frame.ndim == 3 and frame.shape[2] == 3):
        raise ValueError(f"a frame is (height, width, 3) or (height, width), not {frame.shape}")
    if 0 in frame.shape:
        raise ValueError(f"a frame holds at least one pixel, its shape is {frame.shape}")
    # Some OpenCV builds hand out a camera's undecoded buffer as one row, such as (1, 921600).
    if grey and frame.shape[0] == 1 and frame.shape[1] > 1:
        raise ValueError(f"shape {frame.shape} is an undecoded camera buffer, not a frame")


def _center_crop(frame: Frame, width: int, height: int) -> Frame:
    """The largest centred view with the aspect ratio of ``width`` to ``height``."""
    frame_height, frame_width = frame.shape[:2]
    crop_width = min(frame_width, _scaled(frame_height, width, height))
    crop_height = min(frame_height, _scaled(frame_width, height, width))
    left, top = (frame_width - crop_width) // 2, (frame_height - crop_height) // 2
    return frame[top : top + crop_height, left : left + crop_width]


def _letterbox(frame: Frame, spec: FrameToInput) -> Frame:
    """The whole frame, as large as fits, centred on grey."""
    frame_height, frame_width = frame.shape[:2]
    width = min(spec.width, _scaled(spec.height, frame_width, frame_height))
    height = min(spec.height, _scaled(spec.width, frame_height, frame_width))
    inner = _resize(frame, width, height, spec.interpolation)
    if (width, height) == (spec.width, spec.height):
        return inner
    left, top = (spec.width - width) // 2, (spec.height - height) // 2
    boxed = np.full((spec.height, spec.width, *frame.shape[2:]), _PADDING, np.uint8)
    boxed[top : top + height, left : left + width] = inner
    return boxed


def _scaled(length: int, numerator: int, denominator: int) -> int:
    """``length * numerator / denominator``, rounded half up, at least 1."""
    return max(1, (2 * length * numerator + denominator) // (2 * denominator))


def _resize(frame: Frame, width: int, height: int, interpolation: Interpolation) -> Frame:
    if interpolation == "area":
        frame = _halve(frame, width, height)
    frame_height, frame_width = frame.shape[:2]
    if (frame_width, frame_height) == (width, height):
        return frame
    # INTER_AREA averages only where every side shrinks; elsewhere it repeats pixels in blocks.
    shrinks = width <= frame_width and height <= frame_height
    # Linear looks at two pixels a side: where one side shrinks to less than half, it skips some.
    halves = 2 * width <= frame_width or 2 * height <= frame_height
    averages = shrinks and (halves or _is_small(frame))
    is_area = interpolation == "area" and averages
    method = cv2.INTER_AREA if is_area else cv2.INTER_LINEAR
    resized = cast(Frame, cv2.resize(frame, (width, height), interpolation=method))
    # cv2 drops the last axis of (height, width, 1).
    return resized.reshape(height, width, *frame.shape[2:])


def _halve(frame: Frame, width: int, height: int) -> Frame:
    """A large frame with its sides halved, by the mean of 2x2 pixels, while it covers the size.

    OpenCV's INTER_AREA takes ten times as long at ratios such as 480 to 224, a third of a small
    model's inference. What is left to shrink then is less than half, which linear does as well.
    """
    while not _is_small(frame):
        frame_height, frame_width = frame.shape[:2]
        is_even = frame_width % 2 == 0 and frame_height % 2 == 0
        if not is_even or frame_width < 2 * width or frame_height < 2 * height:
            break
        half = (frame_width // 2, frame_height // 2)
        halved = cast(Frame, cv2.resize(frame, half, interpolation=cv2.INTER_AREA))
        frame = halved.reshape(half[1], half[0], *frame.shape[2:])
    return frame


def _is_small(frame: Frame) -> bool:
    """True where exact averaging costs next to nothing."""
    return bool(frame.shape[0] * frame.shape[1] <= _SMALL_PIXELS)


def _with_channels(frame: Frame, channels: int, order: Order) -> NDArray[np.uint8]:
    have = 1 if frame.ndim == 2 else frame.shape[2]
    if channels == 1 and have == 3:
        to_grey = cv2.COLOR_RGB2GRAY if order == "RGB" else cv2.COLOR_BGR2GRAY
        frame = cast(Frame, cv2.cvtColor(frame, to_grey))
    elif channels == 3 and have == 1:
        frame = cast(Frame, cv2.cvtColor(frame, cv2.COLOR_GRAY2RGB))
    elif have == 3:
        frame = to_rgb(frame, order)
    return frame.reshape(frame.shape[0], frame.shape[1], channels)
