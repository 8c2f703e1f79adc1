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
    if subject.calibration is None:
        return np.empty((0, spec.height, spec.width, spec.channels), np.uint8)
    return np.stack([to_pixels(picture, spec) for picture in subject.calibration.pixels])


def _from_source(subject: Subject, count: int, seed: int) -> tuple[NDArray[np.uint8], str] | None:
    path = _array_file(subject.record)
    split = subject.source.path.parent / "split.json"
    if path is None or not path.is_file() or not split.is_file():
        return None
    try:
        arrays = read_arrays(path, ("x_train",), "name the file again")
        names = json.loads(split.read_text("utf-8"))["train"]
        numbers = [int(re.fullmatch(r"x_train\[(\d+)\]", name)[1]) for name in names]  # type: ignore[index]
        chosen = np.random.default_rng(seed).permutation(numbers)[:count]
        pixels = arrays["x_train"][chosen]
    except (DataError, OSError, ValueError, KeyError, TypeError, IndexError):
        return None  # the pool does as well, only smaller
    pixels = pixels if pixels.ndim == 4 else pixels[..., np.newaxis]
    return np.stack([to_pixels(picture, subject.spec) for picture in pixels]), str(path)


def _array_file(record: Mapping[str, Any] | None) -> Path | None:
    data = str(record.get("options", {}).get("data", "")) if record else ""
    return Path(data) if data.endswith(".npz") else None
