"""MobileNetV2's ImageNet weights."""

from __future__ import annotations

import keras

from train.architectures.mobilenet_v2 import without_top
from train.weights.keras_applications import fill


def load(backbone: keras.Model, alpha: float, weights: str) -> None:
    """Fill ``backbone`` from ``weights``: ``imagenet`` or a file. Raises DataError.

    The file is one of ``keras.applications.MobileNetV2(include_top=False)`` at the same alpha.
    """
    shape = backbone.input_shape[1:]
    whose = f"mobilenet-v2 at alpha {alpha:g}"
    fill(backbone, weights, whose, lambda given: without_top(shape, alpha, weights=given))
