"""Data sets that go by a name: cifar10, mnist, fashion-mnist, digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels
from train.data.idx import read_idx

NAMES = ("cifar10", "mnist", "fashion-mnist", "digits")
KEYS = ("x_train", "y_train", "x_test", "y_test")
LABELS: dict[str, tuple[str, ...]] = {
    "cifar10": (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ),
    "fashion-mnist": (
        "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
        "ankle boot",
    ),
}  # fmt: skip
DEBIAN = Path("/usr/share/datasets")  # of the package dataset-fashion-mnist, and mnist's likewise
_FILES = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
)  # fmt: skip
_DIGITS_SIDE = 32  # 8x8 as they come, too few for a network of several stages


def named_arrays(name: str, debian: Path = DEBIAN) -> dict[str, NDArray[Any]]:
    """Pixels and classes of the data set, from its Debian package or through keras.datasets.

    ``digits``, scikit-learn's 1,797, have no test part; the others have the KEYS. Raises
    DataError when they are not here and cannot be downloaded.
    """
    if name == "digits":
        return _digits()
    folder = debian / name
    if name != "cifar10" and all((folder / file).is_file() for file in _FILES):
        return dict(zip(KEYS, (read_idx(folder / file) for file in _FILES), strict=True))
    return _download(name)


def _digits() -> dict[str, NDArray[Any]]:
    """Handwritten digits, grey on black, 8x8 enlarged to 32x32."""
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise DataError(
            "digits: scikit-learn is not installed; pip install -r requirements-train.txt"
        ) from error
    raw = load_digits()
    spec = FrameToInput(width=_DIGITS_SIDE, height=_DIGITS_SIDE, channels=1)
    # 16 levels of ink, 0 to 16.
    grey = np.minimum(raw.images * 16, 255).astype(np.uint8)
    return {"x_train": np.stack([to_pixels(g, spec) for g in grey]), "y_train": raw.target}


def _download(name: str) -> dict[str, NDArray[Any]]:
    """Through keras.datasets, kept in Keras' own cache."""
    import keras

    module = getattr(keras.datasets, name.replace("-", "_"))
    package = f"; or apt install dataset-{name}" if name == "fashion-mnist" else ""
    try:
        (x_train, y_train), (x_test, y_test) = module.load_data()
    except Exception as error:  # urllib and Keras raise plain Exception on a failed download
        raise DataError(
            f"{name}: cannot be downloaded ({error}); check the network, or give --data FILE.npz"
            f" with the arrays {', '.join(KEYS)}{package}"
        ) from error
    return dict(zip(KEYS, (x_train, y_train, x_test, y_test), strict=True))
