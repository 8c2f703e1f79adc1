"""From a Keras model to TFLite bytes, with a fixed batch of one; for child processes only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from warnings import catch_warnings

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from convert.conversion import CALIBRATED, Format, Io
from convert.graph.finishing import finished
from convert.graph.shapes import shape_fault
from convert.loading import load_model
from convert.source import ModelSource
from edge.errors import DataError


class Unconvertible(DataError):
    """The converter refuses the model; the message leaves the naming of it to the caller."""


_IO_TYPES = {"uint8": tf.uint8, "int8": tf.int8, "float32": tf.float32}


def convert_source(
    source: ModelSource,
    format: Format,
    calibration: NDArray[np.uint8] | None,
    io: Io,
) -> bytes:
    """The file as convert.conversion.convert describes it, its biases as they come.

    That calls this in a child process. Raises DataError when it cannot be made.
    """
    try:
        return convert_model(load_model(source), format, calibration, io=io)
    except Unconvertible as error:
        raise DataError(f"{source.path}: {error}") from error


def convert_model(
    model: keras.Model,
    format: Format,
    calibration: NDArray[np.uint8] | None = None,
    *,
    io: Io = "uint8",
) -> bytes:
    """The file of ``model`` in a format of convert.conversion.convert, its biases as they come.

    Raises Unconvertible for a model with an operator that has no form in that format.
    """
    converter = make_converter(model)
    if format != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if format == "dynamic":
        # One scale a channel would make a dense layer's operator too new for tflite-runtime 2.14.
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    if format == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if format in CALIBRATED:
        if calibration is None:
            raise ValueError(f"{format} needs calibration pixels")
        converter.representative_dataset = lambda: _representative(calibration)
    if format == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = _IO_TYPES[io]
        converter.inference_output_type = _IO_TYPES[io]
    if format == "int16x8":
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        ]
    data = run_converter(converter)
    if fault := shape_fault(data):
        raise Unconvertible(f"{fault}; save the model with a batch of one and without reshapes")
    return data


def span_full_range(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same pictures with one black and one white pixel in the first.

    The input's range then is 0 to 255 exactly, so that one step of the input is one pixel value
    and a frame goes in as it is. Two pixels of one picture do not move any other range.
    """
    spanned = pixels.copy()
    spanned[0, 0, 0], spanned[0, -1, -1] = 0, 255
    return spanned


def _representative(calibration: NDArray[np.uint8]) -> Iterator[list[NDArray[np.float32]]]:
    for pixels in span_full_range(calibration):
        yield [pixels[np.newaxis].astype(np.float32)]


def make_converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    # A free batch would leave shape arithmetic in the graph.
    pixels = keras.Input(batch_shape=(1, *model.input_shape[1:]), name="pixels")
    # A name of our own: Keras would count, and the tensors of a second file be called otherwise.
    fixed = keras.Model(pixels, model(pixels), name="classifier")
    return tf.lite.TFLiteConverter.from_keras_model(fixed)


def run_converter(converter: tf.lite.TFLiteConverter) -> bytes:
    """The finished flatbuffer; Unconvertible says why there is none."""
    try:
        # Pages of notes, some by print, some by warnings. Those on stderr stay: when the converter
        # aborts, they are all that it leaves.
        with redirect_stdout(StringIO()), catch_warnings(action="ignore"):
            return finished(converter.convert())
    except Exception as error:  # the converter raises bare Exception and its own types
        raise Unconvertible(
            f"cannot be converted ({_reason(error)}); use layers that TFLite has in this format"
        ) from error


def _reason(error: Exception) -> str:
    """One line of a message that goes on for pages: the operators to replace, if it names them."""
    found = re.search(r"^(TF Select|Custom) ops: (.+)$", str(error), re.MULTILINE)
    if not found:
        return (str(error).strip() or type(error).__name__).split("\n")[0]
    operators = found[2].split(", ")
    if {"Conv2D", "MatMul"} & set(operators):
        return "it computes in half precision, which TFLite has not; save it in float32"
    return f"TFLite has no {', '.join(operators)}"
