"""A float model from disk as one Keras model that takes raw pixels; for child processes only."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from convert.front import scales_pixels
from convert.keras2 import readable
from convert.savedmodel import read_saved_model
from convert.source import ModelFacts, ModelSource, Normalization
from edge.errors import DataError
from edge.scores import is_distribution

_BROKEN = (
    *(OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError),
    *(BadZipFile, zlib.error, tf.errors.OpError),
)
_HALF = re.compile("mixed_b?float16")  # names of Keras' policies
_CLASSIFIER = "an image classifier takes one picture and gives one score a class"


def load_model(source: ModelSource) -> keras.Model:
    """The model from float32 pixels (1, height, width, channels), 0 to 255, to probabilities.

    The batch is free where the file left it free. Normalisation goes in front, and a softmax
    behind a model that gives logits. Raises DataError for a file that cannot be read and for a
    model that is no image classifier.
    """
    return _with_contract(_read(source.path), source)[0]


def examine(source: ModelSource) -> ModelFacts:
    """What the model takes and gives; raises DataError as ``load_model`` does."""
    bare = _read(source.path)
    model, gave_logits = _with_contract(bare, source)
    _, height, width, channels = model.input_shape
    # Asked for, because a SavedModel may leave it open.
    classes = len(_answer(model, np.zeros(model.input_shape[1:])))
    return ModelFacts(height, width, channels, classes, scales_pixels(bare), gave_logits)


def _read(path: Path) -> keras.Model:
    """The model as it was saved, once it is known to be an image classifier."""
    try:
        if path.is_dir():
            model = read_saved_model(path)
        elif path.suffix.lower() == ".keras":
            model = _in_float32(keras.models.load_model(path, compile=False))
        else:
            with readable(path) as file:
                model = _in_float32(keras.models.load_model(file, compile=False))
    except DataError:
        raise
    except _BROKEN as error:
        raise DataError(f"{path}: {_fault_of_file(error)}") from error
    fault = _fault_of_ends(model)
    if fault:
        raise DataError(f"{path}: {fault}")
    return model


def _in_float32(model: keras.Model) -> keras.Model:
    """The same model without the half precision that it was trained in; TFLite has none."""
    layers = model.to_json()
    if not _HALF.search(layers):
        return model
    plain = keras.models.model_from_json(_HALF.sub("float32", layers))
    plain.set_weights(model.get_weights())
    return plain


def _fault_of_file(error: BaseException) -> str:
    """One line of what Keras says on a page."""
    text = str(error)
    unknown = re.search(r"(?:Could not locate class|Unknown layer:) '([^']+)'", text)
    if unknown or "`Lambda` layer" in text:
        layer = f"a layer {unknown[1]!r} that Keras does not know" if unknown else "a Lambda layer"
        return (
            f"has {layer}, whose code is not in the file; save it as a SavedModel with"
            " model.export(), which keeps what the layer does, and give that folder"
        )
    reason = (text.splitlines() or [type(error).__name__])[0][:200]
    return f"not a model that Keras reads ({reason}); copy it again, or save it again"


def _fault_of_ends(model: keras.Model) -> str | None:
    """What is wrong with the model's inputs and outputs, None for a classifier's."""
    inputs, outputs = model.inputs or [], model.outputs or []
    if len(inputs) != 1 or len(outputs) != 1:
        return f"has {len(inputs)} inputs and {len(outputs)} outputs; {_CLASSIFIER}"
    wanted, given = tuple(inputs[0].shape), tuple(outputs[0].shape)
    if len(wanted) != 4:
        return f"takes an input of shape {wanted}, not a picture; {_CLASSIFIER}"
    batch, height, width, channels = wanted
    if channels not in (1, 3):
        first = ", channels first" if wanted[1] in (1, 3) else ""
        return f"takes an input of shape {wanted}{first}; (n, height, width, 1 or 3) is needed"
    if None in (height, width):
        return (
            f"takes pictures of any size {wanted}; save it with a fixed one,"
            " keras.Input((height, width, channels))"
        )
    if batch not in (None, 1):
        return f"takes {batch} pictures at a time; save it with a free batch, or with 1"
    if not keras.backend.is_float_dtype(inputs[0].dtype):
        return f"takes {inputs[0].dtype} numbers; save it with a float32 input"
    # An output whose shape the SavedModel leaves open shows when a picture goes through.
    if len(given) != 2 or (given[1] is not None and given[1] < 2):
        return f"gives an output of shape {given}; {_CLASSIFIER}, two classes at least"
    return None


def _with_contract(bare: keras.Model, source: ModelSource) -> tuple[keras.Model, bool]:
    """The model from raw pixels to probabilities, and whether it gave logits itself."""
    pixels = keras.Input(bare.input_shape[1:], batch_size=bare.input_shape[0], name="pixels")
    normalised = pixels
    if source.normalization is not None:
        normalised = _normalised(pixels, source.normalization, source.path)
    (scores,) = keras.tree.flatten(bare(normalised))  # some models give a list of one tensor
    model = keras.Model(pixels, scores)
    if _gives_probabilities(model, source.path):
        return model, False
    return keras.Model(pixels, keras.layers.Softmax(name="probabilities")(scores)), True


def _normalised(pixels: keras.KerasTensor, wanted: Normalization, path: Path) -> keras.KerasTensor:
    """``(pixels - mean) / std`` as one operator."""
    channels = pixels.shape[-1]
    mean, std = np.array(wanted.mean), np.array(wanted.std)
    if not {len(mean), len(std)} <= {1, channels}:
        raise DataError(
            f"{path}: has {channels} channel{'s' * (channels > 1)}; give one number, or one"
            " for each, as --mean and as --std"
        )
    # Of a Rescaling layer an int8 file makes a product and a sum, and gives the product a range
    # that is half as wide again as it needs: a third of all grey levels would be lost.
    layer = keras.layers.DepthwiseConv2D(1, trainable=False, name="normalise")
    normalised = layer(pixels)
    kernel = np.broadcast_to(1 / std, channels).reshape(1, 1, channels, 1)
    layer.set_weights([kernel, np.broadcast_to(-mean / std, channels)])
    return normalised


def _gives_probabilities(model: keras.Model, path: Path) -> bool:
    """True for probabilities, False for logits, by three made-up pictures."""
    shape = model.input_shape[1:]
    noise = np.random.default_rng(0).integers(0, 256, shape)
    probes = (np.zeros(shape), np.full(shape, 255), noise)
    answers = np.stack([_answer(model, probe) for probe in probes])
    if not np.isfinite(answers).all():
        raise DataError(f"{path}: gives scores that are no numbers; check --mean and --std")
    if all(is_distribution(scores) for scores in answers):
        return True
    if answers.min() >= 0 and answers.max() <= 1:
        raise DataError(
            f"{path}: judges each class by itself (sigmoid), and one label a picture is wanted;"
            " end it with a softmax"
        )
    return False


def _answer(model: keras.Model, pixels: NDArray[Any]) -> NDArray[np.float32]:
    """The model's scores (classes,) for one picture."""
    return model.predict_on_batch(pixels[np.newaxis].astype(np.float32))[0]
