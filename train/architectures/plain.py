"""The plain CNNs of the textbooks: blocks of 3x3 convolutions and a pooling, then dense layers.

Every convolution keeps its picture's size and every block halves it. At the textbooks' input sizes
that leaves as many features, and so as many parameters, as their nets without padding have
(28x28x1 with 32-64-64 and 64 units: 93,322), and any depth fits into a small picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import keras
from keras import layers

from edge.errors import UsageError
from train.architectures.textbook import (
    Activation,
    activate,
    check_units,
    dense_line,
    hidden,
    initializer,
    norm,
    penalty,
    probabilities,
    scaled,
    style_line,
)
from train.architectures.widths import check_widths

Pooling = Literal["max", "average"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)

_MOST_FILTERS, _MOST_DEPTH = 4096, 16


@dataclass(frozen=True)
class PlainNet:
    """Hyperparameters of a plain CNN."""

    widths: tuple[int, ...] = (32, 64, 64)  # filters of each block's convolutions
    dense: tuple[int, ...] = (64,)  # units of each hidden dense layer; none is allowed
    activation: Activation = "relu"
    pooling: Pooling = "max"
    batch_norm: bool = False  # between each layer's sum and its activation
    residual: bool = False  # a shortcut around each block's convolutions
    depth: int = 1  # convolutions a block

    def check(self) -> None:
        """Raise UsageError for values that make no net."""
        check_widths(self.widths, _MOST_FILTERS, "32,64,64")
        if not 1 <= self.depth <= _MOST_DEPTH:
            raise UsageError(f"--depth: must be from 1 to {_MOST_DEPTH} convolutions a block")
        check_units(self.dense)

    def summary(self) -> str:
        """One line for the report."""
        each = f" {self.depth} times each" if self.depth > 1 else ""
        shortcuts = ", residual" if self.residual else ""
        return (
            f"conv {'-'.join(map(str, self.widths))}{each}{shortcuts}, {dense_line(self.dense)},"
            f" {style_line(self.activation, self.batch_norm)}, {self.pooling} pooling"
        )


# The textbooks' nets by name; the first two are for grey and for colour pictures.
NETS: dict[str, PlainNet] = {
    "digits-cnn": PlainNet(),
    "cifar-cnn": PlainNet(),
    "wide-cnn": PlainNet(widths=(32, 64, 128), dense=(512,)),
}


def smallest_side(net: PlainNet) -> int:
    """Pixels that a picture's shorter side needs so that the last block still leaves one pixel."""
    return int(2 ** len(net.widths))


def build(
    shape: tuple[int, int, int],
    classes: int,
    net: PlainNet,
    *,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """From pixels (n, height, width, channels), 0 to 255, to float32 probabilities (n, classes).

    ``dropout`` is the share of the hidden dense layers' outputs that a training step leaves out,
    or of the last block's where there is no such layer; ``l1`` and ``l2`` are what the loss pays
    for each weight of a convolution or dense layer, by its size and by its square. The layers are
    named by block: block1_conv1, block1_conv1_norm, block1_conv1_relu ... Raises UsageError for a
    dense layer that no memory holds.
    """
    regularizer = penalty(l1, l2)
    inputs = keras.Input(shape, name="pixels")
    x = scaled(inputs)
    for number, width in enumerate(net.widths, 1):
        x = _block(x, width, net, regularizer, f"block{number}")
    x = layers.Flatten(name="flatten")(x)
    x = hidden(x, net.dense, net.activation, net.batch_norm, dropout, regularizer)
    return keras.Model(inputs, probabilities(x, classes, regularizer), name="plain_cnn")


def _block(
    x: keras.KerasTensor,
    width: int,
    net: PlainNet,
    regularizer: keras.Regularizer | None,
    name: str,
) -> keras.KerasTensor:
    """``net.depth`` convolutions, a shortcut around them if asked for, and the pooling.

    The shortcut is that of residual networks (arXiv:1512.03385): added before the last
    activation, through a 1x1 convolution where it has to change its width.
    """
    entering = x
    for number in range(1, net.depth + 1):
        part = f"{name}_conv{number}"
        x = _convolution(x, width, 3, net, regularizer, part)
        if number == net.depth and net.residual:
            if int(entering.shape[-1]) != width:
                entering = _convolution(entering, width, 1, net, regularizer, f"{name}_shortcut")
            part = f"{name}_add"
            x = layers.Add(name=part)([x, entering])
        x = activate(x, net.activation, part)
    pooling = layers.MaxPooling2D if net.pooling == "max" else layers.AveragePooling2D
    return pooling(2, name=f"{name}_pool")(x)


def _convolution(
    x: keras.KerasTensor,
    width: int,
    kernel: int,
    net: PlainNet,
    regularizer: keras.Regularizer | None,
    name: str,
) -> keras.KerasTensor:
    """A convolution and, if asked for, its norm."""
    x = layers.Conv2D(
        width,
        kernel,
        padding="same",
        use_bias=not net.batch_norm,
        kernel_initializer=initializer(net.activation),
        kernel_regularizer=regularizer,
        name=name,
    )(x)
    return norm(x, name) if net.batch_norm else x
