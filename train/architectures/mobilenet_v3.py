"""MobileNetV3 (arXiv:1905.02244), as keras.applications builds it, on raw pixels.

The minimalistic forms have 3x3 kernels and ReLUs instead of 5x5, hard swish, and squeeze and
excite: less accurate in float32 (Keras: 61.9 instead of 68.1 % on ImageNet for the small one, 72.3
instead of 75.6 % for the large one), with every operator that an Edge TPU wants.
"""

from __future__ import annotations

from typing import Literal, get_args

import keras

from train.architectures.scaling import scaled

Size = Literal["small", "large", "small-minimalistic", "large-minimalistic"]
SIZES: tuple[Size, ...] = get_args(Size)
SMALLEST_SIDE = 32  # pixels; keras.applications builds no smaller one


def alphas(size: Size) -> tuple[float, ...]:
    """The widths that ImageNet weights exist for."""
    return (1.0,) if size.endswith("minimalistic") else (0.75, 1.0)


def build(shape: tuple[int, int, int], size: Size, alpha: float) -> keras.Model:
    """The backbone from pixels (n, height, width, 3), 0 to 255, to features (n, h, w, c).

    ``alpha`` multiplies the filters of every layer; c is 576 (small) or 960 (large) at 1.0. The
    layer ``normalise`` has constant weights of its own, which stay as they are.
    """
    inputs = keras.Input(shape, name="pixels")
    core = without_top(shape, size, alpha, x=scaled(inputs, 1 / 127.5, -1))
    return keras.Model(inputs, core.output, name=f"mobilenet_v3_{size.replace('-', '_')}")


def without_top(
    shape: tuple[int, int, int],
    size: Size,
    alpha: float,
    *,
    x: keras.KerasTensor | None = None,
    weights: str | None = None,
) -> keras.Model:
    """keras.applications' network on normalised pixels, -1 to 1; its weight files fit this one."""
    small = size.startswith("small")
    network = keras.applications.MobileNetV3Small if small else keras.applications.MobileNetV3Large
    return network(
        shape,
        alpha=alpha,
        minimalistic=size.endswith("minimalistic"),
        include_top=False,
        weights=weights,
        input_tensor=x,
        include_preprocessing=False,
    )
