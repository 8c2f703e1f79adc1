"""What a picture looks like, in numbers that a simple classifier can tell classes apart by.

Colour pictures go through EfficientNet-Lite0 with its ImageNet weights, up to the mean over the
last feature map (1,280 numbers). Grey arrays such as digits, of which ImageNet knows nothing, are
described by histograms of oriented gradients (N. Dalal, B. Triggs, "Histograms of Oriented
Gradients for Human Detection", CVPR 2005; OpenCV's, cells of 4 pixels, 1,764 numbers).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels
from edge.quiet import quiet

BATCH = 32  # pictures described at once

Describe = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.float32]]

_PHOTO_SIDE = 224  # what the weights were trained at
_SMALL_SIDE = 160  # enough for what was smaller, at half the time
_GREY_SIDE, _CELL, _DIRECTIONS = 32, 4, 9


def describer(frame: NDArray[np.uint8]) -> Describe:
    """What describes pictures (height, width, channels) such as ``frame``: to (n, numbers).

    Raises DataError where the package with the weights or TensorFlow is not installed.
    """
    if frame.shape[2] == 1:
        return _gradients
    return _backbone(_PHOTO_SIDE if min(frame.shape[:2]) > _SMALL_SIDE else _SMALL_SIDE)


def _backbone(side: int) -> Describe:
    """EfficientNet-Lite0's averaged features; what it needs is loaded here and nowhere else."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet():
            import keras
    except ModuleNotFoundError as error:
        raise DataError(
            f"{error.name}: not installed; pip install -r requirements-train.txt"
        ) from error
    from train.architectures import efficientnet_lite0
    from train.weights import efficientnet_lite0 as weights

    features = efficientnet_lite0.build((side, side, 3))
    weights.load(features, "imagenet")
    averaged: Any = keras.layers.GlobalAveragePooling2D()(features.output)
    model = keras.Model(features.input, averaged)
    spec = FrameToInput(width=side, height=side, channels=3)

    def describe(frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        pixels = np.stack([to_pixels(frame, spec) for frame in frames])
        return np.asarray(model.predict_on_batch(pixels.astype(np.float32)), np.float32)

    return describe


def _gradients(frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    side, cell = (_GREY_SIDE, _GREY_SIDE), (_CELL, _CELL)
    histograms = cv2.HOGDescriptor(side, (2 * _CELL, 2 * _CELL), cell, cell, _DIRECTIONS)
    spec = FrameToInput(width=_GREY_SIDE, height=_GREY_SIDE, channels=1)
    rows = [histograms.compute(np.ascontiguousarray(to_pixels(f, spec))) for f in frames]
    return np.stack([np.asarray(row, np.float32).ravel() for row in rows])
