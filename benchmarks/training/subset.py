"""A fixed part of a data set, as small as one short training needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge.arrays import read_arrays, write_arrays
from edge.errors import UsageError

_KEYS = ("x_train", "y_train", "x_test", "y_test")


def subset(source: Path, pictures: int, work: Path, seed: int = 0) -> Path:
    """``pictures`` of the training part of an .npz, drawn by ``seed``, and its whole test part.

    Written once into ``work``. Raises DataError for a source without the four arrays, UsageError
    for more pictures than it has.
    """
    path = work / f"{source.stem}-{pictures}-of-seed{seed}.npz"
    if path.exists():
        return path
    arrays = read_arrays(source, _KEYS, f"give an .npz with the arrays {', '.join(_KEYS)}")
    count = len(arrays["x_train"])
    if not 1 <= pictures <= count:
        raise UsageError(f"--pictures: {source} has {count:,} training pictures; give 1 to {count}")
    chosen = np.sort(np.random.default_rng(seed).permutation(count)[:pictures])
    part = dict(arrays)
    for name in ("x_train", "y_train"):
        part[name] = arrays[name][chosen]
    write_arrays(path, part)
    return path
