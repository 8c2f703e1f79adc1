"""Figures with what they are worth: accuracies with their interval, times with percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Z95 = 1.959964  # standard normal quantile of a two-sided 95 % interval


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers and its 95 % confidence interval."""

    right: int
    n: int  # pictures judged

    @property
    def top1(self) -> float:
        """Fraction 0 to 1."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (E. B. Wilson, JASA 22, 1927): right near 0 and 1 too."""
        n, p, z2 = self.n, self.top1, _Z95**2
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, centre - half), min(1.0, centre + half)  # rounding leaves -1e-17

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.top1:.2%} (95 % CI {low:.2%} to {high:.2%}, n = {self.n:,})"

    def to_json(self) -> dict[str, Any]:
        """Keys ``top1``, ``n``, ``ci95``; fractions 0 to 1."""
        low, high = self.interval
        return {"top1": round(self.top1, 6), "n": self.n, "ci95": [round(low, 6), round(high, 6)]}


def accuracy(scores: NDArray[np.float32], class_ids: NDArray[np.int64]) -> Accuracy:
    """How often the highest of ``scores`` (n, classes) is the right one of ``class_ids`` (n,)."""
    return Accuracy(int((scores.argmax(axis=1) == class_ids).sum()), len(class_ids))


@dataclass(frozen=True)
class Percentiles:
    """Median and tail of a series of times, in milliseconds."""

    p50_ms: float
    p90_ms: float
    p99_ms: float

    @classmethod
    def of(cls, times_ms: Sequence[float]) -> Percentiles:
        """Of one time or more; linear between neighbours."""
        p50, p90, p99 = np.percentile(times_ms, (50, 90, 99))
        return cls(float(p50), float(p90), float(p99))
