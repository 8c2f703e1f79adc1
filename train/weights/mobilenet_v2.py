"""MobileNetV2's ImageNet weights: Keras' own download, or a file of them."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras

from edge.errors import DataError
from train.architectures.mobilenet_v2 import without_top


def load(backbone: keras.Model, alpha: float, weights: str) -> None:
    """Fill ``backbone`` from ``weights``: ``imagenet`` or a file. Raises DataError.

    The file is one that Keras wrote for ``keras.applications.MobileNetV2(include_top=False)``:
    ``.weights.h5`` or the older ``.h5``.
    """
    shape = backbone.input_shape[1:]
    core = _download(shape, alpha) if weights == "imagenet" else _read(shape, alpha, Path(weights))
    # By name: the backbone's own first layer has weights, too.
    for layer in core.layers:
        if layer.weights:
            backbone.get_layer(layer.name).set_weights(layer.get_weights())


def _download(shape: tuple[int, int, int], alpha: float) -> keras.Model:
    try:
        with warnings.catch_warnings():
            # For sizes without weights of their own Keras says that it takes those of 224.
            warnings.simplefilter("ignore")
            return keras.applications.MobileNetV2(
                shape, alpha=alpha, include_top=False, weights="imagenet"
            )
    except Exception as error:  # urllib and Keras raise plain Exception on a failed download
        raise DataError(
            f"--weights imagenet: MobileNetV2's weights cannot be downloaded ({error}); check the"
            " network, or give --weights FILE"
        ) from error


def _read(shape: tuple[int, int, int], alpha: float, path: Path) -> keras.Model:
    core = without_top(shape, alpha)
    if not path.is_file():
        raise DataError(f"{path}: no such file; name one with MobileNetV2's weights, or imagenet")
    try:
        with warnings.catch_warnings():
            # Keras warns of layers that the file lacks, and would leave them random.
            warnings.simplefilter("error", UserWarning)
            core.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(
            f"{path}: not the weights of MobileNetV2 without top at alpha {alpha} ({reason});"
            " name another --alpha or another file"
        ) from error
    return core
