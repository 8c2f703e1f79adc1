"""Calibrating, looking at activations and quantizing as separate steps; for child processes only.

The converter does the three in one go. Apart, the ranges in between can be changed, and one
calibration serves many files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import redirect_stdout
from io import StringIO
from warnings import catch_warnings

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tensorflow.lite.python.convert import mlir_quantize
from tensorflow.lite.python.util import modify_model_io_type

from convert.conversion import Io
from convert.graph.finishing import finished
from convert.graph.interpreting import open_with_all_tensors
from convert.rescue.ranges import Observed
from convert.tflite import make_converter, run_converter, span_full_range
from edge.errors import DataError

_IO_TYPES = {"uint8": tf.uint8, "int8": tf.int8, "float32": tf.float32}
_VALUES = 1000  # of each tensor and picture that estimators see


def calibrate(model: keras.Model, pixels: NDArray[np.uint8]) -> bytes:
    """The calibrated float file of ``model``, from ``pixels`` (n, height, width, channels)."""

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        for picture in span_full_range(pixels):
            yield [picture[np.newaxis].astype(np.float32)]

    converter = make_converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter._experimental_calibrate_only = True  # what tf.lite.experimental's debugger sets
    return run_converter(converter)


def quantize(calibrated: bytes, io: Io, keep_float: Collection[str] = ()) -> bytes:
    """The int8 file of a calibrated one; operators that make ``keep_float`` compute in float32.

    Raises DataError when an operator has no int8 form.
    """
    try:
        with redirect_stdout(StringIO()), catch_warnings(action="ignore"):
            data = mlir_quantize(calibrated, denylisted_nodes=set(keep_float) or None)
            return finished(modify_model_io_type(data, _IO_TYPES[io], _IO_TYPES[io]))
    except Exception as error:  # the converter raises bare Exception and its own types
        reason = str(error).strip().split("\n")[0]
        raise DataError(f"the model cannot be quantized: {reason}; keep it in float32") from error


def observe(calibrated: bytes, pixels: NDArray[np.uint8], seed: int) -> dict[str, Observed]:
    """What each activation of a calibrated file holds for ``pixels``, by tensor name."""
    interpreter = open_with_all_tensors(calibrated)
    rng = np.random.default_rng(seed)
    activations = _activations(interpreter)
    samples: dict[str, list[NDArray[np.float32]]] = {name: [] for name in activations}
    lows: dict[str, list[float]] = {name: [] for name in activations}
    highs: dict[str, list[float]] = {name: [] for name in activations}
    for picture in pixels:
        _invoke(interpreter, picture)
        for name, index in activations.items():
            values = interpreter.get_tensor(index).reshape(-1)
            part = rng.integers(0, len(values), min(_VALUES, len(values)))
            samples[name].append(values[part])
            lows[name].append(values.min())
            highs[name].append(values.max())
    return {
        name: Observed(np.concatenate(samples[name]), np.array(lows[name]), np.array(highs[name]))
        for name in activations
    }


def activations_of(calibrated: bytes, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Every activation for one picture (height, width, channels), by tensor name."""
    interpreter = open_with_all_tensors(calibrated)
    _invoke(interpreter, picture)
    return {
        name: np.array(interpreter.get_tensor(index))
        for name, index in _activations(interpreter).items()
    }


def _invoke(interpreter: Interpreter, picture: NDArray[np.uint8]) -> None:
    (details,) = interpreter.get_input_details()
    interpreter.set_tensor(details["index"], picture[np.newaxis].astype(np.float32))
    interpreter.invoke()


def _activations(interpreter: Interpreter) -> dict[str, int]:
    """Index of each float tensor that an operator writes, by name."""
    details = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    written = {index for op in interpreter._get_ops_details() for index in op["outputs"]}
    return {
        details[index]["name"]: index
        for index in sorted(written)
        if index in details and details[index]["dtype"] == np.float32
    }
