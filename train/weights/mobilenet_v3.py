"""MobileNetV3's ImageNet weights: Keras' own download, or a file of them."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras

from edge.errors import DataError, UsageError
from train.architectures.mobilenet_v3 import Size, alphas, without_top


def load(backbone: keras.Model, size: Size, alpha: float, weights: str) -> None:
    """Fill ``backbone`` from ``weights``: ``imagenet`` or a file.

    The file is one that Keras wrote for ``keras.applications.MobileNetV3Small`` or ``...Large``
    with ``include_top=False`` and the same alpha and ``minimalistic``: ``.weights.h5`` or the older
    ``.h5``. Raises DataError for another file or a download that fails, UsageError for an alpha
    without ImageNet weights.
    """
    shape = backbone.input_shape[1:]
    if weights == "imagenet":
        core = _download(shape, size, alpha)
    else:
        core = _read(shape, size, alpha, Path(weights))
    # By name: the backbone's own first layer has weights, too.
    for layer in core.layers:
        if layer.weights:
            backbone.get_layer(layer.name).set_weights(layer.get_weights())


def _download(shape: tuple[int, int, int], size: Size, alpha: float) -> keras.Model:
    if alpha not in alphas(size):
        known = " and ".join(map(str, alphas(size)))
        raise UsageError(
            f"--alpha: no ImageNet weights for mobilenet-v3-{size} at {alpha:g}, but for {known};"
            " choose one of these, or give --weights FILE"
        )
    try:
        with warnings.catch_warnings():
            # For sizes without weights of their own Keras says that it takes those of 224.
            warnings.simplefilter("ignore")
            return without_top(shape, size, alpha, weights="imagenet")
    except Exception as error:  # urllib and Keras raise plain Exception on a failed download
        raise DataError(
            f"--weights imagenet: MobileNetV3's weights cannot be downloaded ({error}); check the"
            " network, or give --weights FILE"
        ) from error


def _read(shape: tuple[int, int, int], size: Size, alpha: float, path: Path) -> keras.Model:
    if not path.is_file():
        raise DataError(f"{path}: no such file; name one with MobileNetV3's weights, or imagenet")
    core = without_top(shape, size, alpha)
    try:
        with warnings.catch_warnings():
            # Keras warns of layers that the file lacks, and would leave them random.
            warnings.simplefilter("error", UserWarning)
            core.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        # The warning's own words speak of Keras' versions.
        missing = isinstance(error, UserWarning)
        reason = "it lacks layers of that" if missing else str(error).strip().splitlines()[0]
        raise DataError(
            f"{path}: not the weights of mobilenet-v3-{size} without top at alpha {alpha:g}"
            f" ({reason}); name another --architecture, --alpha or file"
        ) from error
    return core
