"""What keeps a network from learning its pictures by heart: penalties, dropout, frozen norms."""

from __future__ import annotations

import keras
from keras import layers


def penalise(model: keras.Model, l1: float, l2: float) -> None:
    """Add l1 * sum |w| + l2 * sum w^2 over every trainable kernel to the loss of ``model``."""
    if not l1 and not l2:
        return
    penalty = keras.regularizers.L1L2(l1=l1, l2=l2)
    for variable in model.trainable_variables:
        if len(variable.shape) >= 2:  # norms and biases stay free
            variable.regularizer = penalty


def freeze_norms(model: keras.Model) -> None:
    """Let the batch norms keep weights and statistics: those of a million pictures serve better."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False  # in Keras this also fixes its statistics


def reseed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Let seed and epoch alone decide the dropout, so that a resumed training is the same one."""
    dropouts = [layer for layer in model.layers if isinstance(layer, layers.Dropout)]
    for number, layer in enumerate(dropouts):
        layer.seed_generator.state.assign([seed + number, epoch])
