"""Pictures with their class: what every step of the conversion calibrates or judges on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
