"""From a Keras model to TFLite bytes, with a fixed batch of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Literal
from warnings import catch_warnings

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edge.errors import DataError
from edge.quiet import ANY_LINE, quiet

Io = Literal["uint8", "int8", "float32"]
_IO_TYPES = {"uint8": tf.uint8, "int8": tf.int8, "float32": tf.float32}


def to_float(model: keras.Model) -> bytes:
    """The float32 TFLite file of ``model``, to compare with."""
    return _convert(_converter(model))


def to_int8(model: keras.Model, calibration: NDArray[np.uint8], io: Io) -> bytes:
    """The full-int8 file (``static_wi8_ai8``) of ``model``.

    Weights and activations are int8, ranges come from ``calibration`` pixels
    (n, height, width, channels), 0 to 255; ``io`` is the type of input and output.
    Raises DataError for a model with an operator that has no int8 form.
    """

    def representative_dataset() -> Iterator[list[NDArray[np.float32]]]:
        for pixels in span_full_range(calibration):
            yield [pixels[np.newaxis].astype(np.float32)]

    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative_dataset
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = _IO_TYPES[io]
    converter.inference_output_type = _IO_TYPES[io]
    return _convert(converter)


def span_full_range(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same pictures with one black and one white pixel in the first.

    The input's range then is 0 to 255 exactly, so that one step of the input is one pixel value
    and a frame goes in as it is. Two pixels of one picture do not move any other range.
    """
    spanned = pixels.copy()
    spanned[0, 0, 0], spanned[0, -1, -1] = 0, 255
    return spanned


def _converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    # A free batch would leave shape arithmetic in the graph.
    pixels = keras.Input(batch_shape=(1, *model.input_shape[1:]), name="pixels")
    # A name of our own: Keras would count, and the tensors of a second file be called otherwise.
    fixed = keras.Model(pixels, model(pixels), name="classifier")
    return tf.lite.TFLiteConverter.from_keras_model(fixed)


def _convert(converter: tf.lite.TFLiteConverter) -> bytes:
    try:
        # Pages of notes, some by print, some by warnings, some past Python.
        with quiet(ANY_LINE), redirect_stdout(StringIO()), catch_warnings(action="ignore"):
            return bytes(converter.convert())
    except Exception as error:  # the converter raises bare Exception and its own types
        raise DataError(
            f"the model cannot be converted: {_reason(error)}; use layers with an int8 form"
        ) from error


def _reason(error: Exception) -> str:
    """One line of a message that goes on for pages: the operators to replace, if it names them."""
    operators = re.search(r"^(TF Select|Custom) ops: (.+)$", str(error), re.MULTILINE)
    return f"TFLite has no {operators[2]}" if operators else str(error).strip().split("\n")[0]
