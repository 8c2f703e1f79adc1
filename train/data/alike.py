"""Find the pairs of pictures that look alike among tens of thousands."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.likeness import thumbnail

_BLOCK = 2048  # pictures compared at once: 16 MiB of products
_COARSE = 8  # the thumbnail's side in the first comparison
_ROWS, _CHUNK = 512, 1024  # pictures, and pairs of them, that crossing() looks at in one go


class Looks:
    """The thumbnails of pictures (n, height, width, channels), ready to be compared.

    The mean of each square of a thumbnail, and the length of what that leaves out, bound the
    correlation of two thumbnails from above (Cauchy-Schwarz), so a comparison of these few numbers
    skips almost all pairs and misses none.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels
        blocks = [
            _coarse(np.stack([thumbnail(p) for p in pixels[i : i + _BLOCK]]), pixels.shape[3])
            for i in range(0, len(pixels), _BLOCK)
        ]
        self._coarse = np.concatenate(blocks)

    def correlations(self, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """-1 to 1, of each of the ``pairs`` (m, 2)."""
        return np.array(
            [float(thumbnail(self._pixels[i]) @ thumbnail(self._pixels[j])) for i, j in pairs]
        )

    def pairs(self, least: float, among: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Pairs (m, 2) that correlate by ``least`` or more, of all pictures or those ``among``."""
        chosen = np.arange(len(self._coarse)) if among is None else among
        coarse = self._coarse[chosen]
        found = []
        for start in range(0, len(chosen), _BLOCK):
            products = coarse[start : start + _BLOCK] @ coarse[start:].T
            rows, columns = np.nonzero(products >= least)
            later = columns > rows
            found.append(np.stack([rows[later], columns[later]], axis=1) + start)
        return self._confirmed(chosen[np.concatenate(found)], least)

    def pairs_between(
        self, some: NDArray[np.int64], others: NDArray[np.int64], least: float
    ) -> NDArray[np.int64]:
        """Pairs (m, 2), one of ``some`` and one of ``others``, that correlate by ``least``."""
        found = []
        for start in range(0, len(some), _BLOCK):
            block = some[start : start + _BLOCK]
            rows, columns = np.nonzero(self._coarse[block] @ self._coarse[others].T >= least)
            found.append(np.stack([block[rows], others[columns]], axis=1))
        return self._confirmed(np.concatenate(found), least)

    def crossing(self, least: float, class_ids: NDArray[np.int64], most: int) -> NDArray[np.int64]:
        """Pairs (m, 2) of two classes that correlate by ``least``; none if ``most`` is not enough.

        Where more pictures than ``most`` have such a partner, that is known after a few of them:
        a fixed camera makes millions of pairs.
        """
        rng = np.random.default_rng(0)
        found, pictures = [np.zeros((0, 2), np.int64)], set[int]()
        for start in range(0, len(class_ids), _ROWS):
            products = self._coarse[start : start + _ROWS] @ self._coarse[start:].T
            apart = class_ids[start : start + _ROWS, None] != class_ids[None, start:]
            rows, columns = np.nonzero((products >= least) & apart)
            later = columns > rows
            pairs = np.stack([rows[later], columns[later]], axis=1) + start
            pairs = rng.permutation(pairs)  # not all pairs of one picture first
            for chunk in range(0, len(pairs), _CHUNK):
                found.append(self._confirmed(pairs[chunk : chunk + _CHUNK], least))
                pictures.update(found[-1].ravel().tolist())
                if len(pictures) > most:
                    return found[0]
        return np.concatenate(found)

    def _confirmed(self, pairs: NDArray[np.int64], least: float) -> NDArray[np.int64]:
        return pairs[self.correlations(pairs) >= least] if len(pairs) else pairs.reshape(0, 2)


def _coarse(thumbnails: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Numbers (n, 8 * 8 * channels + 1) whose products are never below the correlations."""
    side = math.isqrt(thumbnails.shape[1] // channels)
    step = side // _COARSE
    squares = thumbnails.reshape(-1, _COARSE, step, _COARSE, step, channels)
    # Divided by the step, not its square: the means are then coordinates on orthonormal vectors.
    means = squares.sum((2, 4)).reshape(len(thumbnails), -1) / step
    rest = (thumbnails**2).sum(1) - (means**2).sum(1)
    return np.concatenate([means, np.sqrt(np.maximum(rest, 0))[:, None]], axis=1)
