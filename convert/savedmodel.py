"""A SavedModel folder as a Keras model; for child processes only."""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from edge.errors import DataError

_SERVING = "serving_default"
_REMEDY = "save it again with model.export(), which adds one"


def read_saved_model(path: Path) -> keras.Model:
    """The serving signature of the folder as a model with its inputs and outputs.

    Raises DataError for a folder without one, OSError or ValueError for one that is damaged.
    """
    signatures = tf.saved_model.load(str(path)).signatures
    if not signatures:
        raise DataError(f"{path}: a SavedModel without a serving signature; {_REMEDY}")
    name = _SERVING if _SERVING in signatures else min(signatures)
    wanted = tuple(signatures[name].structured_input_signature[1].values())
    if len(wanted) != 1:
        raise DataError(
            f"{path}: its signature takes {len(wanted)} inputs; an image classifier takes one"
        )
    pixels = keras.Input(batch_shape=wanted[0].shape, dtype=wanted[0].dtype.name)
    outputs = keras.tree.flatten(keras.layers.TFSMLayer(str(path), call_endpoint=name)(pixels))
    return keras.Model(pixels, outputs)
