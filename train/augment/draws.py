"""Random numbers that depend on seed, epoch, picture and change alone, not on the batch."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Draws:
    """One uniform number a picture for every name; names do not disturb each other.

    SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
    2014), with the picture's position as the counter: numpy's own generators, one a picture, take
    500 times as long.
    """

    def __init__(self, seed: int, epoch: int, positions: NDArray[np.int64]) -> None:
        """``positions`` (n,) are the pictures' places in the training set."""
        self._seed, self._epoch = seed, epoch
        self._counters = (positions.astype(np.uint64) + np.uint64(1)) * _GOLDEN

    def uniform(self, name: str) -> NDArray[np.float64]:
        """Numbers (n,) from 0 to below 1."""
        entropy = [self._seed, self._epoch, zlib.crc32(name.encode())]
        bits = self._counters + np.random.SeedSequence(entropy).generate_state(1, np.uint64)
        for shift, factor in zip((30, 27), _FACTORS, strict=True):
            bits = (bits ^ (bits >> np.uint64(shift))) * factor
        bits ^= bits >> np.uint64(31)
        return (bits >> np.uint64(11)) * 2.0**-53

    def up_to(self, name: str, most: float, probability: float = 1.0) -> NDArray[np.float64]:
        """Strengths (n,) from 0 to ``most``; 0 for the pictures that are spared."""
        drawn = self.uniform(name)
        return np.where(drawn < probability, drawn * most / max(probability, 1e-9), 0.0)

    def around(self, name: str, most: float, probability: float = 1.0) -> NDArray[np.float64]:
        """Strengths (n,) from ``-most`` to ``most``; 0 for the pictures that are spared."""
        drawn = self.uniform(name)
        return np.where(drawn < probability, (2 * drawn / max(probability, 1e-9) - 1) * most, 0.0)
