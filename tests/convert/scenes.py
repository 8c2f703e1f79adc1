"""Made-up pictures that differ as photos do: smooth shapes, other ones for every number."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from convert.pictures import Pictures


def scene(number: int, width: int = 32, height: int = 32, channels: int = 3) -> NDArray[np.uint8]:
    """Scene ``number``, the same at any size but for its detail."""
    coarse = np.random.default_rng(number).integers(0, 256, (6, 6, channels), np.uint8)
    large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return large.reshape(height, width, channels)


def scenes(count: int, first: int = 0, size: int = 32, channels: int = 3) -> NDArray[np.uint8]:
    """``count`` scenes (count, size, size, channels), from number ``first`` on."""
    return np.stack([scene(first + i, size, size, channels) for i in range(count)])


def pool(
    pixels: NDArray[np.uint8], classes: int = 0, sizes: NDArray[np.int64] | None = None
) -> Pictures:
    """The pictures, named by their position, in ``classes`` classes in turn; 0: none is known."""
    positions = np.arange(len(pixels))
    class_ids = positions % classes if classes else np.full(len(pixels), -1)
    return Pictures(pixels, class_ids, np.array([f"picture {i}" for i in positions]), sizes)
