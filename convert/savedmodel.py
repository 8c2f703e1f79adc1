"""A SavedModel folder as a Keras model; for child processes only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    if any("Random" in operator for operator in _operators(signatures[name])):
        # Keras 3 exports RandomFlip and its like as they are in training.
        raise DataError(
            f"{path}: gives the same picture another answer each time, as its augmentation layers"
            " are at work; give the .keras or .h5 file, or export it without these layers"
        )
    wanted = tuple(signatures[name].structured_input_signature[1].values())
    if len(wanted) != 1:
        raise DataError(
            f"{path}: its signature takes {len(wanted)} inputs; an image classifier takes one"
        )
    pixels = keras.Input(batch_shape=wanted[0].shape, dtype=wanted[0].dtype.name)
    outputs = keras.tree.flatten(keras.layers.TFSMLayer(str(path), call_endpoint=name)(pixels))
    return keras.Model(pixels, outputs)


def _operators(function: Any) -> set[str]:
    """The kinds of operators in a TensorFlow function and in those that it calls."""
    graph = function.graph.as_graph_def()
    library = {called.signature.name: called.node_def for called in graph.library.function}
    kinds: set[str] = set()
    ahead = [graph.node]
    while ahead:
        for node in ahead.pop():
            kinds.add(node.op)
            # Each function once: what is taken from the library is not there again.
            called = (library.pop(value.func.name, None) for value in node.attr.values())
            ahead += [nodes for nodes in called if nodes is not None]
    return kinds
