"""The data set that --data names: CIFAR-10, an .npz file, or a folder of photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.arrays import read_arrays
from edge.errors import DataError
from edge.preprocess import FrameToInput
from train.data.dataset import Dataset, Images, check_classes, split_off
from train.data.folder import load_folder

CIFAR10_LABELS = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
_KEYS = ("x_train", "y_train", "x_test", "y_test")
_MAX_VALIDATION = 2000
_VALIDATION_SHARE = 0.1


def load(source: str, *, size: int, seed: int) -> Dataset:
    """The data set that ``--data`` names: ``cifar10``, an .npz file, or a folder of classes.

    ``size`` is the side in pixels that a folder's photos get. Raises DataError.
    """
    path = Path(source)
    if source == "cifar10":
        return _from_arrays("cifar10", _download_cifar10(), CIFAR10_LABELS, seed)
    if path.is_dir():
        return load_folder(path, size=size, seed=seed)
    if path.suffix == ".npz":
        arrays, labels = _read_npz(path)
        return _from_arrays(source, arrays, labels, seed)
    if not path.exists():
        raise DataError(
            f"{source}: no such file or folder; give a folder with one folder a class,"
            " an .npz file, or cifar10"
        )
    raise DataError(
        f"{source}: not a data set; give a folder with one folder a class, an .npz file, or cifar10"
    )


def _download_cifar10() -> dict[str, NDArray[np.generic]]:
    """CIFAR-10 through keras.datasets, kept in Keras' own cache."""
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
    except Exception as error:  # urllib and Keras raise plain Exception on a failed download
        raise DataError(
            f"cifar10: cannot be downloaded ({error}); check the network, or give --data FILE.npz"
            f" with the arrays {', '.join(_KEYS)}"
        ) from error
    return dict(zip(_KEYS, (x_train, y_train, x_test, y_test), strict=True))


def _read_npz(path: Path) -> tuple[dict[str, NDArray[np.generic]], tuple[str, ...] | None]:
    """The four arrays of the file, and its labels when it names or is known to have them."""
    arrays = read_arrays(path, _KEYS, f"save it with numpy.savez and the arrays {', '.join(_KEYS)}")
    labels = tuple(map(str, arrays["labels"].reshape(-1))) if "labels" in arrays else None
    if labels is None and path.stem.startswith("cifar10"):
        labels = CIFAR10_LABELS
    return arrays, labels


def _from_arrays(
    source: str,
    arrays: dict[str, NDArray[np.generic]],
    labels: tuple[str, ...] | None,
    seed: int,
) -> Dataset:
    """A data set whose test part is given; validation is split from the training part."""
    train = _checked(source, "train", arrays["x_train"], arrays["y_train"])
    test = _checked(source, "test", arrays["x_test"], arrays["y_test"])
    if train.pixels.shape[1:] != test.pixels.shape[1:]:
        raise DataError(
            f"{source}: x_train has pictures of {train.pixels.shape[1:]}, x_test of"
            f" {test.pixels.shape[1:]}; give both the same size"
        )
    classes = int(max(train.class_ids.max(), test.class_ids.max())) + 1
    if classes > len(train):
        raise DataError(
            f"{source}: has class number {classes - 1:,} but only {len(train):,} training pictures;"
            " number the classes 0, 1, 2 and so on"
        )
    labels = labels or tuple(str(i) for i in range(classes))
    if len(labels) < classes:
        raise DataError(
            f"{source}: has {classes} classes but {len(labels)} labels; name every class"
        )
    share = min(_VALIDATION_SHARE, _MAX_VALIDATION / len(train))
    kept, taken = split_off(train.class_ids, share, np.random.default_rng(seed))
    check_classes(source, train.class_ids[kept], labels)
    height, width, channels = train.pixels.shape[1:]
    return Dataset(
        name=Path(source).stem,
        labels=labels,
        train=train.take(kept),
        validation=train.take(taken),
        test=test,
        spec=FrameToInput(width=width, height=height, channels=channels),
    )


def _checked(source: str, part: str, x: NDArray[np.generic], y: NDArray[np.generic]) -> Images:
    """One part's arrays as Images, or the reason why not."""
    if x.dtype != np.uint8:
        raise DataError(
            f"{source}: x_{part} is {x.dtype}; give uint8 pixels from 0 to 255 (normalisation"
            " happens inside the network)"
        )
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or len(x) == 0:
        raise DataError(
            f"{source}: x_{part} has shape {x.shape}; give (n, height, width, 3) or (n, height,"
            " width), n above 0"
        )
    flat = y.reshape(-1)
    if len(flat) != len(x) or not np.issubdtype(flat.dtype, np.integer) or flat.min() < 0:
        raise DataError(
            f"{source}: y_{part} must hold one class number, 0 or more, for each of the"
            f" {len(x)} pictures of x_{part}; it has shape {y.shape} and type {y.dtype}"
        )
    names = np.array([f"x_{part}[{i}]" for i in range(len(x))])
    return Images(x, flat.astype(np.int64), names)  # type: ignore[arg-type]
