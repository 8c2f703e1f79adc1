"""Arrays of pictures and classes, from an .npz file or a data set with a name, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.arrays import read_arrays
from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels
from train.data.dataset import Images
from train.data.names import KEYS, LABELS, NAMES, named_arrays


@dataclass(frozen=True)
class ArrayParts:
    """A training part, and a test part if the source brings one."""

    source: str  # as the user named it
    name: str
    labels: tuple[str, ...]
    train: Images
    test: Images | None


def load_arrays(source: str) -> ArrayParts:
    """The arrays of the .npz file or named data set ``source``; DataError when they do not fit."""
    if source in NAMES:
        arrays, labels = named_arrays(source), LABELS.get(source)
    else:
        path = Path(source)
        remedy = f"save it with numpy.savez and the arrays {', '.join(KEYS)}"
        arrays = read_arrays(path, KEYS[:2], remedy)
        if ("x_test" in arrays) != ("y_test" in arrays):
            missing = "y_test" if "x_test" in arrays else "x_test"
            raise DataError(f"{path}: has no array {missing}; {remedy}")
        labels = _labels(path, arrays)
    return _checked(source, arrays, labels)


def resized(images: Images, side: int | None) -> Images:
    """The pictures at side x side, centred; as they are when ``side`` is None."""
    if side is None:
        return images
    spec = FrameToInput(width=side, height=side, channels=images.pixels.shape[3])
    pixels = np.stack([to_pixels(picture, spec) for picture in images.pixels])
    return Images(pixels, images.class_ids, images.names, images.groups)


def _labels(path: Path, arrays: dict[str, NDArray[Any]]) -> tuple[str, ...] | None:
    """The names in the file, or those of the data set that its name begins with."""
    if "labels" in arrays:
        return tuple(map(str, arrays["labels"].reshape(-1)))
    begins = (name for name in LABELS if re.match(rf"{name}(?![a-z0-9])", path.stem.lower()))
    return LABELS.get(next(begins, ""))


def _checked(
    source: str, arrays: dict[str, NDArray[Any]], labels: tuple[str, ...] | None
) -> ArrayParts:
    train = _images(source, "train", arrays)
    test = _images(source, "test", arrays) if "x_test" in arrays else None
    if test is not None and train.pixels.shape[1:] != test.pixels.shape[1:]:
        raise DataError(
            f"{source}: x_train has pictures of {train.pixels.shape[1:]}, x_test of"
            f" {test.pixels.shape[1:]}; give both the same size"
        )
    classes = int(max(part.class_ids.max() for part in (train, test) if part is not None)) + 1
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
    return ArrayParts(source, Path(source).stem, labels, train, test)


def _images(source: str, part: str, arrays: dict[str, NDArray[Any]]) -> Images:
    """One part's arrays as Images, or the reason why not."""
    x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
    if x.dtype != np.uint8:
        raise DataError(
            f"{source}: x_{part} is {x.dtype}; give uint8 pixels from 0 to 255 (normalisation"
            " happens inside the network)"
        )
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or 0 in x.shape:
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
    return Images(x, flat.astype(np.int64), names)
