"""The input and output tensor of an image classifier; what is none is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from edge.errors import ModelFileError
from edge.quantization import Affine
from edge.runtime import Interpreter

_REMEDY = "use a model with one picture in and one score a class out"


class InputTensor(NamedTuple):
    """Where the pixels go: shape (1, height, width, channels)."""

    tensor_index: int  # in the interpreter
    height: int
    width: int
    channels: int  # 3: RGB, 1: grey
    dtype: np.dtype[Any]  # uint8, int8 or float32
    affine: Affine | None  # None: the numbers are what they are


class OutputTensor(NamedTuple):
    """Where the scores come from: ``classes`` numbers, of shape (1, N), (1, 1, 1, N) or alike."""

    tensor_index: int  # in the interpreter
    classes: int
    affine: Affine | None  # None: the numbers are what they are


def read_tensors(interpreter: Interpreter, path: Path) -> tuple[InputTensor, OutputTensor]:
    """The two tensors of a classifier; ModelFileError, naming ``path``, for any other model."""
    try:
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    except UnicodeDecodeError as error:  # a tensor's name
        raise ModelFileError(f"{path}: damaged ({error}); copy the file again") from error
    if len(inputs) != 1:
        raise _no_classifier(path, f"takes {len(inputs)} inputs")
    if len(outputs) != 1:
        looks = "looks like a detector: " if len(outputs) in (3, 4) else ""
        raise _no_classifier(path, f"{looks}{len(outputs)} outputs")
    return _input_tensor(inputs[0], path), _output_tensor(outputs[0], path)


def _input_tensor(details: dict[str, Any], path: Path) -> InputTensor:
    shape = [int(length) for length in details["shape"]]
    signature = [int(length) for length in details.get("shape_signature", shape)]
    dtype = np.dtype(details["dtype"])
    if len(shape) != 4:
        raise _no_classifier(path, f"takes an input of shape {tuple(shape)}, not a picture")
    if any(length < 0 for length in signature[1:]):
        raise ModelFileError(
            f"{path}: its input has no fixed size {tuple(signature)}; "
            "convert the model again with a fixed height and width"
        )
    batch, height, width, channels = shape
    if batch != 1:
        raise ModelFileError(
            f"{path}: takes {batch} pictures at a time; convert the model again with batch size 1"
        )
    if channels not in (1, 3) or 0 in shape:
        raise _no_classifier(path, f"takes an input of shape {tuple(shape)}, not RGB or grey")
    if dtype not in (np.uint8, np.int8, np.float32):
        raise ModelFileError(
            f"{path}: takes {dtype} input; convert the model again with uint8, int8 or float32"
        )
    return InputTensor(int(details["index"]), height, width, channels, dtype, _affine(details))


def _output_tensor(details: dict[str, Any], path: Path) -> OutputTensor:
    shape = [int(length) for length in details["shape"]]
    dtype = np.dtype(details["dtype"])
    classes = shape[-1] if shape else 0
    if any(length != 1 for length in shape[:-1]):
        raise _no_classifier(
            path, f"gives an output of shape {tuple(shape)}, not one score a class"
        )
    if classes < 2:
        raise _no_classifier(path, f"gives {classes} score, a classifier gives two or more")
    if dtype not in (np.uint8, np.int8, np.float32):
        raise _no_classifier(path, f"gives {dtype} numbers, which are no scores")
    return OutputTensor(int(details["index"]), classes, _affine(details))


def _affine(details: dict[str, Any]) -> Affine | None:
    scale, zero_point = details["quantization"]
    dtype = np.dtype(details["dtype"])
    # Scale 0 is how the runtimes say "not quantized".
    if scale == 0 or dtype == np.float32:
        return None
    return Affine(float(scale), int(zero_point), dtype)


def _no_classifier(path: Path, fault: str) -> ModelFileError:
    return ModelFileError(f"{path}: no image classifier ({fault}); {_REMEDY}")
