"""What the textbooks' nets have in common: the way in, dense layers, activations, the head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import keras
from keras import layers

from edge.errors import UsageError

Activation = Literal["relu", "relu6", "sigmoid", "tanh"]
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)

# What a layer may have before memory is at an end: nobody means more, but a comma is soon missed.
_MOST_UNITS = 8192
_MOST_WEIGHTS = 100_000_000  # 400 MB as float32, twice more for an optimizer's averages


def scaled(pixels: keras.KerasTensor) -> keras.KerasTensor:
    """Pixels as 0 to 1, without an offset.

    The converter multiplies a factor into the kernel of the convolution that follows, exactly; an
    offset does not go through zero padding. In front of a dense layer the factor stays a product of
    its own, which keeps all 256 grey levels of an int8 file.
    """
    return layers.Rescaling(1 / 255, name="scale")(pixels)


def hidden(
    x: keras.KerasTensor,
    units: Sequence[int],
    activation: Activation,
    batch_norm: bool,
    dropout: float,
    regularizer: keras.Regularizer | None,
) -> keras.KerasTensor:
    """Dense layers of ``units``, dropout behind each; behind ``x`` itself where there are none."""
    if dropout and not units:
        x = layers.Dropout(dropout, name="dropout")(x)
    for number, width in enumerate(units, 1):
        name = f"dense{number}"
        _check_weights(int(x.shape[-1]), width)
        x = layers.Dense(
            width,
            use_bias=not batch_norm,
            kernel_initializer=initializer(activation),
            kernel_regularizer=regularizer,
            name=name,
        )(x)
        if batch_norm:
            x = norm(x, name)
        x = activate(x, activation, name)
        if dropout:
            x = layers.Dropout(dropout, name=f"{name}_dropout")(x)
    return x


def probabilities(
    x: keras.KerasTensor, classes: int, regularizer: keras.Regularizer | None
) -> keras.KerasTensor:
    """The last dense layer and its softmax."""
    x = layers.Dense(classes, kernel_regularizer=regularizer, name="head")(x)
    # In float32 also where the layers before compute in bfloat16.
    return layers.Softmax(dtype="float32", name="probabilities")(x)


def activate(x: keras.KerasTensor, activation: Activation, name: str) -> keras.KerasTensor:
    """The activation behind the layer called ``name``."""
    return layers.Activation(activation, name=f"{name}_{activation}")(x)


def norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Batch normalization (arXiv:1502.03167) right behind a layer, into which it then folds."""
    return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)


def initializer(activation: Activation) -> str:
    """He's for ReLUs (arXiv:1502.01852), Glorot's for the curves that saturate on both sides."""
    return "he_uniform" if activation in ("relu", "relu6") else "glorot_uniform"


def penalty(l1: float, l2: float) -> keras.Regularizer | None:
    """What the loss pays for each layer's weights; None for nothing."""
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None


def check_units(units: Sequence[int]) -> None:
    """Raise UsageError for units that make no layer."""
    if any(not 1 <= number <= _MOST_UNITS for number in units):
        raise UsageError(f"--dense: needs numbers from 1 to {_MOST_UNITS}, such as 64 or 512,256")


def dense_line(units: Sequence[int]) -> str:
    """The hidden dense layers as a person reads them."""
    return "dense " + "-".join(map(str, units)) if units else "no hidden dense layer"


def style_line(activation: Activation, batch_norm: bool) -> str:
    """Activation and norm as a person reads them."""
    return activation + (" with batch norm" if batch_norm else "")


def _check_weights(inputs: int, units: int) -> None:
    if inputs * units > _MOST_WEIGHTS:
        raise UsageError(
            f"--dense: {units} units on {inputs:,} values are {inputs * units:,} weights in one"
            f" layer, above {_MOST_WEIGHTS:,}; give smaller pictures (--size), fewer units, or"
            " more blocks (--widths)"
        )
