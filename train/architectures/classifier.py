"""The head that turns a backbone into a classifier."""

from __future__ import annotations

import keras
from keras import layers


def build(backbone: keras.Model, classes: int, dropout: float = 0.0) -> keras.Model:
    """From the backbone's pixels (n, height, width, 3) to probabilities (n, classes)."""
    x = layers.GlobalAveragePooling2D(name="features")(backbone.output)
    if dropout:
        x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Dense(classes, name="head")(x)
    # In float32 also where the layers before compute in bfloat16.
    outputs = layers.Softmax(dtype="float32", name="probabilities")(x)
    return keras.Model(backbone.input, outputs, name=backbone.name)
