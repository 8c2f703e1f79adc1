"""What a set of pictures looks like, in a few numbers a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

# Below these a picture shows nothing. None of 15,000 pictures (CIFAR-10, TrashNet, MNIST, three
# clips) comes near: the plainest has a deviation of 8 levels, the darkest has pixels above 60.
_PLAIN_DEVIATION = 6.0  # levels, the channel that deviates most
_DARK_LEVEL, _DARK_SHARE = 30, 0.99  # so many of its pixels are darker
_GREY_DIFFERENCE = 8  # levels between two channels of one pixel, at most: JPEG tints grey a little


@dataclass(frozen=True)
class Statistics:
    """One row, or one truth, a picture."""

    names: tuple[str, ...]  # of the columns of ``values``
    values: NDArray[np.float32]  # (n, len(names)), in levels of 0 to 255
    plain: NDArray[np.bool_]  # of a single colour
    dark: NDArray[np.bool_]
    grey: NDArray[np.bool_]  # three channels without colour


def statistics(pictures: Iterable[NDArray[np.uint8]]) -> Statistics:
    """Statistics of pictures (height, width, channels), one at least, with as many channels."""
    rows = [_row(pixels) for pixels in pictures]
    is_colour = len(rows[0][0]) == 6  # three channels and what they give
    channels = ("red", "green", "blue", "red against blue") if is_colour else ("brightness",)
    return Statistics(
        names=(*channels, "contrast", "detail"),
        values=np.array([row[0] for row in rows], np.float32),
        plain=np.array([row[1] for row in rows]),
        dark=np.array([row[2] for row in rows]),
        grey=np.array([row[3] for row in rows]),
    )


def _row(pixels: NDArray[np.uint8]) -> tuple[list[float], bool, bool, bool]:
    """The mean of each channel, contrast and detail; plain, dark, grey."""
    means, deviations = (values.ravel() for values in cv2.meanStdDev(pixels))
    balance, is_grey = [], False
    brightness: NDArray[Any] = pixels[:, :, 0]
    if len(means) == 3:
        brightness = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        balance = [means[0] - means[2]]  # turns round when the channels are in the wrong order
        red, green, blue = cv2.split(pixels)
        highest, lowest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
        is_grey = int((highest - lowest).max()) <= _GREY_DIFFERENCE
    # Between neighbours: what blur takes away and noise adds.
    steps = [np.abs(np.diff(brightness.astype(np.int16), axis=axis)) for axis in (0, 1)]
    detail = sum(float(step.mean()) for step in steps if step.size) / 2
    return (
        [*means, *balance, float(brightness.std()), detail],
        float(deviations.max()) < _PLAIN_DEVIATION,
        float((brightness < _DARK_LEVEL).mean()) >= _DARK_SHARE,
        is_grey,
    )
