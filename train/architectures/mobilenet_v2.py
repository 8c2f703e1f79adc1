"""MobileNetV2 (arXiv:1801.04381), as keras.applications builds it, on raw pixels."""

from __future__ import annotations

import keras

from train.architectures.scaling import scaled

ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)  # widths that ImageNet weights exist for
SMALLEST_SIDE = 32  # pixels; keras.applications builds no smaller one


def build(shape: tuple[int, int, int], alpha: float) -> keras.Model:
    """The backbone from pixels (n, height, width, 3), 0 to 255, to features (n, h, w, c).

    ``alpha`` multiplies the filters of every layer; c is 1280, or more above 1.
    """
    inputs = keras.Input(shape, name="pixels")
    core = without_top(shape, alpha, x=scaled(inputs, 1 / 127.5, -1))
    return keras.Model(inputs, core.output, name="mobilenet_v2")


def without_top(
    shape: tuple[int, int, int],
    alpha: float,
    *,
    x: keras.KerasTensor | None = None,
    weights: str | None = None,
) -> keras.Model:
    """keras.applications' network on normalised pixels, -1 to 1; its weight files fit this one."""
    return keras.applications.MobileNetV2(
        shape, alpha=alpha, include_top=False, weights=weights, input_tensor=x
    )
