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
    wanted = signatures[name].structured_input_signature[1].values()
    inputs = [keras.Input(batch_shape=spec.shape, dtype=spec.dtype.name) for spec in wanted]
    if len(inputs) != 1:
        return keras.Model(inputs, inputs)  # enough to tell what is wrong with it
    outputs = keras.layers.TFSMLayer(str(path), call_endpoint=name)(inputs[0])
    return keras.Model(inputs, keras.tree.flatten(outputs))
