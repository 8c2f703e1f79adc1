"""Training pictures beyond those that a run folder keeps, from where the run had read them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.subject import Subject
from edge.arrays import read_arrays
from edge.errors import DataError
from edge.preprocess import to_pixels


def training_pictures(subject: Subject, count: int, seed: int) -> tuple[NDArray[np.uint8], str]:
    """Up to ``count`` training pictures, (n, height, width, channels), and where they are from.

    From the .npz file that run.json names, where it is still there and unchanged in its length;
    otherwise those of the subject's own calibration pool. Never pictures of another part: the
    run's split.json says which are the training's.
    """
    more = _from_source(subject, count, seed)
    if more is not None:
        return more
    pool = pool_pictures(subject)
    order = np.random.default_rng(seed).permutation(len(pool))
    return pool[order[:count]], "calibration.npz of the run folder"


def pool_pictures(subject: Subject) -> NDArray[np.uint8]:
    """The calibration pool as the model takes it, (n, height, width, channels); n may be 0."""
    spec = subject.spec
    if subject.calibration is None or not len(subject.calibration):
        return np.empty((0, spec.height, spec.width, spec.channels), np.uint8)
    return _inputs(subject, subject.calibration.pixels)


def labelled_training_pictures(
    subject: Subject, count: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Up to ``count`` training pictures (n, height, width, channels) and their classes (n,).

    DataError when what the run was trained on is no longer there.
    """
    found = _drawn(subject, count, seed, ("x_train", "y_train"))
    if found is None:
        raise DataError(
            f"{subject.source.path}: its training pictures are gone; train again, from an .npz"
        )
    pixels, class_ids = found
    return _inputs(subject, pixels), class_ids.reshape(-1).astype(np.int64)


def _from_source(subject: Subject, count: int, seed: int) -> tuple[NDArray[np.uint8], str] | None:
    found = _drawn(subject, count, seed, ("x_train",))
    return None if found is None else (_inputs(subject, found[0]), str(_array_file(subject.record)))


def _drawn(
    subject: Subject, count: int, seed: int, names: tuple[str, ...]
) -> list[NDArray[Any]] | None:
    """Rows of the .npz file's arrays ``names``, the training part's only."""
    path = _array_file(subject.record)
    split = subject.source.path.parent / "split.json"
    if path is None or not path.is_file() or not split.is_file():
        return None
    try:
        arrays = read_arrays(path, names, "name the file again")
        listed = " ".join(json.loads(split.read_text("utf-8"))["train"])
        numbers = np.array(re.findall(r"x_train\[(\d+)\]", listed), np.int64)
        chosen = np.random.default_rng(seed).permutation(numbers)[:count]
        return [arrays[name][chosen] for name in names] if len(chosen) else None
    except (DataError, OSError, ValueError, KeyError, TypeError, IndexError):
        return None  # the pool does as well, only smaller


def _inputs(subject: Subject, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pixels = pixels if pixels.ndim == 4 else pixels[..., np.newaxis]
    return np.stack([to_pixels(picture, subject.spec) for picture in pixels])


def _array_file(record: Mapping[str, Any] | None) -> Path | None:
    data = str(record.get("options", {}).get("data", "")) if record else ""
    return Path(data) if data.endswith(".npz") else None
