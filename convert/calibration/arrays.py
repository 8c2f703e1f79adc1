"""Pictures of an .npz file, with or without their classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.pictures import Pictures
from edge.arrays import read_arrays
from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels

_REMEDY = "save it with numpy.savez(file, x_train=pixels, y_train=class_numbers)"


def read_npz(
    path: Path, labels: tuple[str, ...], spec: FrameToInput, *, held_out: bool = False
) -> Pictures:
    """The pictures of x_train (y_train), of x_test (y_test) if ``held_out``, or of pixels.

    The classes of ``pixels`` are in class_ids. Class numbers count the file's own ``labels`` where
    it has them, else the model's. Pictures that are larger than the model's input are shrunk to it.
    Raises DataError.
    """
    arrays = read_arrays(path, (), _REMEDY)
    part = "test" if held_out else "train"
    pairs = ((f"x_{part}", f"y_{part}"), ("pixels", "class_ids"))
    x_name, y_name = next((pair for pair in pairs if pair[0] in arrays), ("", ""))
    if not x_name:
        raise DataError(
            f"{path}: has neither an array x_{part} nor pixels; {_REMEDY.replace('train', part)}"
        )
    pixels = _checked_pixels(path, x_name, arrays[x_name])
    class_ids = np.full(len(pixels), -1, np.int64)
    if y_name in arrays:
        class_ids = _checked_classes(path, y_name, arrays[y_name], len(pixels))
        own = tuple(map(str, arrays["labels"].reshape(-1))) if "labels" in arrays else labels
        class_ids = _as_model_counts(path, class_ids, own, labels)
    names = np.array([f"{x_name}[{i}]" for i in range(len(pixels))])
    sizes = np.tile(np.array(pixels.shape[2:0:-1]), (len(pixels), 1))
    return Pictures(_shrunk(path, x_name, pixels, spec), class_ids, names, sizes)


def _checked_pixels(path: Path, name: str, pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8:
        raise DataError(
            f"{path}: {name} is {pixels.dtype}; give uint8 pixels from 0 to 255, which the model"
            " normalises itself"
        )
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    if pixels.ndim != 4 or pixels.shape[3] not in (1, 3) or 0 in pixels.shape:
        raise DataError(
            f"{path}: {name} has shape {pixels.shape}; give (n, height, width, 3), RGB, or"
            " (n, height, width), n above 0"
        )
    return pixels


def _checked_classes(path: Path, name: str, given: NDArray[Any], count: int) -> NDArray[np.int64]:
    flat = given.reshape(-1)
    if len(flat) != count or not np.issubdtype(flat.dtype, np.integer):
        raise DataError(
            f"{path}: {name} has shape {given.shape} and type {given.dtype}; give one whole number"
            f" for each of the {count} pictures, or leave the array out"
        )
    return flat.astype(np.int64)


def _as_model_counts(
    path: Path, class_ids: NDArray[np.int64], own: tuple[str, ...], labels: tuple[str, ...]
) -> NDArray[np.int64]:
    """Class numbers among ``labels`` for those among ``own``; -1 stays, for unknown."""
    present = np.unique(class_ids[class_ids != -1])
    beyond = present[(present < 0) | (present >= len(own))]
    if len(beyond):
        raise DataError(
            f"{path}: holds class number {beyond[0]}, but there are {len(own)} classes; number them"
            f" from 0 to {len(own) - 1}, with -1 for unknown"
        )
    unknown = [own[i] for i in present if own[i] not in labels]
    if unknown:
        raise DataError(
            f"{path}: the model has no class {', '.join(unknown[:5])}; take these pictures out, or"
            " leave out the classes"
        )
    numbers = np.array([labels.index(label) if label in labels else -1 for label in own] + [-1])
    return numbers[class_ids]


def _shrunk(
    path: Path, name: str, pixels: NDArray[np.uint8], spec: FrameToInput
) -> NDArray[np.uint8]:
    """``pixels`` as the model takes them; small ones stay until they are chosen."""
    height, width = pixels.shape[1:3]
    try:
        if height * width <= spec.height * spec.width:
            to_pixels(pixels[0], spec)
            return pixels
        return np.stack([to_pixels(picture, spec) for picture in pixels])
    except ValueError as error:
        raise DataError(f"{path}: {name} holds no pictures ({error}); {_REMEDY}") from error
