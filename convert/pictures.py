"""Pictures with their class: what every step of the conversion calibrates or judges on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError


@dataclass(frozen=True)
class Pictures:
    """Pictures with their class; all arrays have the same length."""

    pixels: NDArray[np.uint8]  # (n, height, width, channels), 0 to 255
    class_ids: NDArray[np.int64]  # (n,), -1 where the class is unknown
    names: NDArray[np.str_]  # (n,)
    # (n, 2), width and height before they were shrunk to ``pixels``; None: as they are there.
    sizes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.pixels)


def halves(pictures: Pictures, seed: int) -> tuple[Pictures, Pictures]:
    """Two halves by ``seed``, each with half of each class; of an odd one the second has more.

    Raises DataError when there are not two pictures at least.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pictures))
    # Sorted by class, every other one: classes are halved, and single ones take turns.
    by_class = order[np.argsort(pictures.class_ids[order], kind="stable")]
    parts = np.sort(by_class[1::2]), np.sort(by_class[::2])
    if not len(parts[0]):
        raise DataError("--test: one picture cannot fit and judge; give some hundreds")
    first, second = (
        Pictures(pictures.pixels[part], pictures.class_ids[part], pictures.names[part])
        for part in parts
    )
    return first, second
