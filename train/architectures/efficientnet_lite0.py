"""EfficientNet-Lite0: EfficientNet-B0 (arXiv:1905.11946, table 1) made for int8.

No squeeze-and-excitation, ReLU6 instead of swish, and a stem and a head of fixed width
(github.com/tensorflow/tpu, models/official/efficientnet/lite). 75.1 % on ImageNet at 224 pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
from keras import layers

from train.architectures.scaling import scaled

STEM, TOP = 32, 1280  # filters of the first and of the last convolution


class Stage(NamedTuple):
    """One row of the paper's table: ``repeats`` blocks, the first of them with the stride."""

    expand: int  # channels inside a block, as a multiple of those that enter it
    kernel: int
    stride: int
    filters: int
    repeats: int


STAGES = (
    Stage(expand=1, kernel=3, stride=1, filters=16, repeats=1),
    Stage(expand=6, kernel=3, stride=2, filters=24, repeats=2),
    Stage(expand=6, kernel=5, stride=2, filters=40, repeats=2),
    Stage(expand=6, kernel=3, stride=2, filters=80, repeats=3),
    Stage(expand=6, kernel=5, stride=1, filters=112, repeats=3),
    Stage(expand=6, kernel=5, stride=2, filters=192, repeats=4),
    Stage(expand=6, kernel=3, stride=1, filters=320, repeats=1),
)


def build(shape: tuple[int, int, int]) -> keras.Model:
    """The backbone from pixels (n, height, width, 3), 0 to 255, to features (n, h, w, 1280)."""
    inputs = keras.Input(shape, name="pixels")
    x = scaled(inputs, 1 / 128, -127 / 128)
    x = _relu6(_convolution(x, STEM, 3, 2, "stem"), "stem")
    number = 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            x = _block(x, stage, stage.stride if repeat == 0 else 1, f"block{number}")
            number += 1
    x = _relu6(_convolution(x, TOP, 1, 1, "top"), "top")
    return keras.Model(inputs, x, name="efficientnet_lite0")


def _block(x: keras.KerasTensor, stage: Stage, stride: int, name: str) -> keras.KerasTensor:
    """Inverted residual: widen by 1x1, filter each channel, narrow by 1x1 without activation."""
    entering = x
    channels = int(x.shape[-1])
    if stage.expand != 1:
        x = _relu6(_convolution(x, stage.expand * channels, 1, 1, f"{name}_expand"), f"{name}a")
    x = layers.DepthwiseConv2D(
        stage.kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = _relu6(_norm(x, f"{name}_depthwise"), f"{name}b")
    x = _convolution(x, stage.filters, 1, 1, f"{name}_project")
    if stride == 1 and channels == stage.filters:
        x = layers.Add(name=f"{name}_add")([x, entering])
    return x


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str
) -> keras.KerasTensor:
    """A convolution and its norm."""
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=name)(x)
    return _norm(x, name)


def _norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_norm")(x)


def _relu6(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.ReLU(6, name=f"{name}_relu6")(x)
