"""A float model from disk as one Keras model that takes raw pixels; for child processes only."""

from __future__ import annotations

import zlib
from zipfile import BadZipFile

import keras

from convert.source import ModelFacts, ModelSource
from edge.errors import DataError

_BROKEN = (OSError, ValueError, TypeError, KeyError, BadZipFile, zlib.error)


def load_model(source: ModelSource) -> keras.Model:
    """The model from float32 pixels (n, height, width, channels), 0 to 255, to probabilities.

    Probabilities are (n, classes). Raises DataError for a file that Keras cannot read and for a
    model that is no image classifier.
    """
    try:
        return keras.models.load_model(source.path, compile=False)
    except _BROKEN as error:
        raise DataError(
            f"{source.path}: not a model that Keras reads ({str(error).splitlines()[0]}); copy it"
            " again, or save it again with model.save()"
        ) from error


def examine(source: ModelSource) -> ModelFacts:
    """What the model takes and gives; DataError when it is no image classifier."""
    model = load_model(source)
    _, height, width, channels = model.input_shape
    return ModelFacts(height, width, channels, model.output_shape[-1], ())
