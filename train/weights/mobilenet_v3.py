"""MobileNetV3's ImageNet weights."""

from __future__ import annotations

import keras

from edge.errors import UsageError
from train.architectures.mobilenet_v3 import Size, alphas, without_top
from train.weights.keras_applications import fill


def load(backbone: keras.Model, size: Size, alpha: float, weights: str) -> None:
    """Fill ``backbone`` from ``weights``: ``imagenet`` or a file.

    The file is one of ``keras.applications.MobileNetV3Small`` or ``...Large`` with
    ``include_top=False`` and the same alpha and ``minimalistic``. Raises DataError for another file
    or a download that fails, UsageError for an alpha without ImageNet weights.
    """
    if weights == "imagenet" and alpha not in alphas(size):
        known = " and ".join(map(str, alphas(size)))
        raise UsageError(
            f"--alpha: no ImageNet weights for mobilenet-v3-{size} at {alpha:g}, but for {known};"
            " choose one of these, or give --weights FILE"
        )
    shape = backbone.input_shape[1:]
    whose = f"mobilenet-v3-{size} at alpha {alpha:g}"
    fill(backbone, weights, whose, lambda given: without_top(shape, size, alpha, weights=given))
