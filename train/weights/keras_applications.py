"""ImageNet weights of keras.applications: its own download, or a file that Keras wrote."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import keras

from edge.errors import DataError

# The network without top that a backbone is made of, with these weights or none.
Core = Callable[[str | None], keras.Model]


def fill(backbone: keras.Model, weights: str, whose: str, build: Core) -> None:
    """Fill ``backbone`` from ``weights``: ``imagenet`` or a file. Raises DataError.

    ``whose`` names the network that ``build`` makes, such as "mobilenet-v2 at alpha 0.35". The file
    is ``.weights.h5`` or the older ``.h5``.
    """
    core = _download(build, whose) if weights == "imagenet" else _read(build, whose, Path(weights))
    # By name: the backbone's own first layer has weights, too.
    for layer in core.layers:
        if layer.weights:
            backbone.get_layer(layer.name).set_weights(layer.get_weights())


def _download(build: Core, whose: str) -> keras.Model:
    try:
        with warnings.catch_warnings():
            # For sizes without weights of their own Keras says that it takes those of 224.
            warnings.simplefilter("ignore")
            return build("imagenet")
    except Exception as error:  # urllib and Keras raise plain Exception on a failed download
        raise DataError(
            f"--weights imagenet: those of {whose} cannot be downloaded ({error}); check the"
            " network, or give --weights FILE"
        ) from error


def _read(build: Core, whose: str, path: Path) -> keras.Model:
    if not path.is_file():
        raise DataError(f"{path}: no such file; name one with weights of {whose}, or imagenet")
    core = build(None)
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
            f"{path}: not the weights of {whose}, without top ({reason}); name another"
            " --architecture, --alpha or file"
        ) from error
    return core
