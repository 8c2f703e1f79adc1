"""From a frame of any size to the pixels that a model takes: the only resize in the project."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.buffers import Buffers, Take

if TYPE_CHECKING:
    from edge.roi import Roi

Frame = NDArray[np.uint8]  # (height, width, 3), values 0 to 255, RGB where nothing else is said

Order = Literal["RGB", "BGR"]  # of a frame's channels; OpenCV reads cameras and videos as BGR

Crop = Literal["center", "letterbox", "squash"]
Interpolation = Literal["area", "linear"]

_Size = tuple[int, int]  # width, height in pixels
_Resize = tuple[_Size, int]  # to that size, by that method of cv2
_Place = tuple[slice, slice]  # rows, columns

_UINT8 = np.dtype(np.uint8)
_SMALL_PIXELS = 160 * 160
_PADDING = 127  # mid-grey: the least telling colour for the bars of a letterbox


class FrameToInput(NamedTuple):
    """How a frame becomes the pixels of a model's input."""

    width: int  # pixels
    height: int  # pixels
    channels: int  # 3: RGB, 1: grey
    crop: Crop = "center"
    interpolation: Interpolation = "area"  # area averages to shrink; enlarging is always linear


def to_pixels(
    frame: Frame,
    spec: FrameToInput,
    roi: Roi | None = None,
    order: Order = "RGB",
    buffers: Buffers | None = None,
) -> NDArray[np.uint8]:
    """The pixels a model sees, uint8 (spec.height, spec.width, spec.channels), values 0 to 255.

    ``frame`` is (height, width, 3) with its channels in ``order``, or grey (height, width) or
    (height, width, 1). An RGB one that already has the wanted size passes through untouched,
    without a copy. ``buffers`` saves who does this often the allocating. Raises ValueError for an
    array that is no frame, UsageError for a region beyond it.
    """
    check_frame(frame)
    # What one keeps of thousands of pictures must not hold on to a larger block.
    take: Take = np.empty if buffers is None else buffers.take
    way = _way(frame.shape, spec, roi)
    pixels = frame[way.rows, way.columns]
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]  # as cv2 gives grey ones back
    channels = pixels.shape[2:]
    for (width, height), method in way.resizes:
        resized = take((height, width, *channels), np.uint8)
        pixels = cast(Frame, cv2.resize(pixels, (width, height), dst=resized, interpolation=method))
    if way.place is not None:
        pixels = _boxed(pixels, way.place, take((spec.height, spec.width, *channels), np.uint8))
    # Colours last: each channel is resized by itself, and few pixels are left to swap.
    return _with_channels(pixels, spec.channels, order, take)


def check_frame(frame: Frame) -> None:
    """Raises ValueError for an array that is no frame, as ``to_pixels`` takes them."""
    if frame.dtype != _UINT8:
        raise ValueError(f"a frame is uint8, values 0 to 255, not {frame.dtype}")
    shape = frame.shape
    grey = len(shape) == 2 or (len(shape) == 3 and shape[2] == 1)
    if not grey and not (len(shape) == 3 and shape[2] == 3):
        raise ValueError(f"a frame is (height, width, 3) or (height, width), not {shape}")
    if 0 in shape:
        raise ValueError(f"a frame holds at least one pixel, its shape is {shape}")
    # Some OpenCV builds hand out a camera's undecoded buffer as one row, such as (1, 921600).
    if grey and shape[0] == 1 and shape[1] > 1:
        raise ValueError(f"shape {shape} is an undecoded camera buffer, not a frame")


def to_rgb(frame: Frame, order: Order) -> Frame:
    """``frame`` (height, width, 3) as RGB; itself when it is RGB already."""
    return frame if order == "RGB" else cast(Frame, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))


class _Way(NamedTuple):
    """How frames of one size become pixels of another."""

    rows: slice  # what of the frame is looked at
    columns: slice
    resizes: tuple[_Resize, ...]  # one after the other
    place: _Place | None  # where that goes in a letterbox with bars


# To reckon it at each frame would take a quarter as long as the resizing.
@lru_cache(maxsize=32)
def _way(shape: tuple[int, ...], spec: FrameToInput, roi: Roi | None) -> _Way:
    """The way of frames of ``shape``; UsageError for a region beyond them."""
    height, width = shape[:2]
    top, left = 0, 0
    if roi is not None:
        left, top, width, height = roi.of(width, height)
    if spec.crop == "center":
        crop_width, crop_height = _largest(width, height, spec.width, spec.height)
        left, top = left + (width - crop_width) // 2, top + (height - crop_height) // 2
        width, height = crop_width, crop_height
    to_width, to_height = spec.width, spec.height
    if spec.crop == "letterbox":
        to_width, to_height = _largest(spec.width, spec.height, width, height)
    place = None
    if (to_width, to_height) != (spec.width, spec.height):
        x, y = (spec.width - to_width) // 2, (spec.height - to_height) // 2
        place = slice(y, y + to_height), slice(x, x + to_width)
    resizes = _resizes((width, height), (to_width, to_height), spec.interpolation)
    rows, columns = slice(top, top + height), slice(left, left + width)
    return _Way(rows, columns, tuple(resizes), place)


def _largest(width: int, height: int, like_width: int, like_height: int) -> _Size:
    """The largest size within ``width`` x ``height`` with the other's aspect ratio."""
    return (
        min(width, _scaled(height, like_width, like_height)),
        min(height, _scaled(width, like_height, like_width)),
    )


def _scaled(length: int, numerator: int, denominator: int) -> int:
    """``length * numerator / denominator``, rounded half up, at least 1."""
    return max(1, (2 * length * numerator + denominator) // (2 * denominator))


def _resizes(have: _Size, want: _Size, interpolation: Interpolation) -> Iterator[_Resize]:
    """What makes ``want`` of ``have``: nothing where they are the same."""
    if interpolation == "area":
        # OpenCV's INTER_AREA takes ten times as long at ratios such as 480 to 224, a third of a
        # small model's inference. What is left to shrink after halving is less than half, which
        # linear does as well.
        while not _is_small(have) and _halves_evenly(have, want):
            have = have[0] // 2, have[1] // 2
            yield have, cv2.INTER_AREA
    if have == want:
        return
    # INTER_AREA averages only where every side shrinks; elsewhere it repeats pixels in blocks.
    shrinks = want[0] <= have[0] and want[1] <= have[1]
    # Linear looks at two pixels a side: where one side shrinks to less than half, it skips some.
    skips = 2 * want[0] <= have[0] or 2 * want[1] <= have[1]
    averages = interpolation == "area" and shrinks and (skips or _is_small(have))
    yield want, cv2.INTER_AREA if averages else cv2.INTER_LINEAR


def _halves_evenly(have: _Size, want: _Size) -> bool:
    """True where means of 2x2 pixels leave enough to fill ``want``."""
    is_even = have[0] % 2 == 0 and have[1] % 2 == 0
    return is_even and 2 * want[0] <= have[0] and 2 * want[1] <= have[1]


def _is_small(size: _Size) -> bool:
    """True where exact averaging costs next to nothing."""
    return size[0] * size[1] <= _SMALL_PIXELS


def _boxed(pixels: Frame, place: _Place, boxed: Frame) -> Frame:
    """``pixels`` between grey bars, in ``boxed``."""
    boxed[:] = _PADDING
    boxed[place] = pixels
    return boxed


def _with_channels(pixels: Frame, channels: int, order: Order, take: Take) -> NDArray[np.uint8]:
    """RGB or grey, (height, width, channels), of an array with colours or of a grey one without."""
    code = _conversion(pixels.ndim == 3, channels == 3, order)
    if code is not None:
        shape = pixels.shape[:2] if channels == 1 else (*pixels.shape[:2], channels)
        pixels = cast(Frame, cv2.cvtColor(pixels, code, dst=take(shape, np.uint8)))
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def _conversion(has_colours: bool, wants_colours: bool, order: Order) -> int | None:
    """The code of cv2 that turns one into the other; None where nothing is to be done."""
    if has_colours and not wants_colours:
        return cv2.COLOR_RGB2GRAY if order == "RGB" else cv2.COLOR_BGR2GRAY
    if wants_colours and not has_colours:
        return cv2.COLOR_GRAY2RGB
    return cv2.COLOR_BGR2RGB if has_colours and order == "BGR" else None
