"""A net of dense layers alone, to compare with: what convolutions are worth shows beside it."""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import layers

from train.architectures.textbook import (
    Activation,
    check_units,
    dense_line,
    hidden,
    penalty,
    probabilities,
    scaled,
    style_line,
)


@dataclass(frozen=True)
class DenseNet:
    """Hyperparameters of a net without convolutions."""

    dense: tuple[int, ...] = (512, 512)  # units of each hidden layer
    activation: Activation = "relu"
    batch_norm: bool = False  # between each hidden layer's sum and its activation

    def check(self) -> None:
        """Raise UsageError for values that make no net."""
        check_units(self.dense)

    def summary(self) -> str:
        """One line for the report."""
        return f"{dense_line(self.dense)}, {style_line(self.activation, self.batch_norm)}"


def build(
    shape: tuple[int, int, int],
    classes: int,
    net: DenseNet,
    *,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """From pixels (n, height, width, channels), 0 to 255, to float32 probabilities (n, classes).

    ``dropout``, ``l1`` and ``l2`` are what train.architectures.plain.build says.
    """
    inputs = keras.Input(shape, name="pixels")
    x = layers.Flatten(name="flatten")(scaled(inputs))
    x = hidden(x, net.dense, net.activation, net.batch_norm, dropout, penalty(l1, l2))
    return keras.Model(inputs, probabilities(x, classes, penalty(l1, l2)), name="dense")
