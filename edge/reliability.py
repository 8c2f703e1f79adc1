"""Do scores mean what they say: how often answers of a score are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15  # as in C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017


@dataclass(frozen=True)
class Bin:
    """Answers whose best score lies in one of the equal steps from 0 to 1."""

    n: int
    score: float  # mean best score, 0 to 1; 0 without answers
    accuracy: float  # share of right ones, 0 to 1; 0 without answers


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram and what sums it up; fractions 0 to 1."""

    bins: tuple[Bin, ...]
    score: float  # mean best score
    accuracy: float

    @property
    def ece(self) -> float:
        """Expected calibration error: mean distance of score and accuracy, weighted by n.

        C. Guo et al., section 2. Few pictures make it too large: chance alone parts the two.
        """
        total = sum(bin_.n for bin_ in self.bins)
        return sum(bin_.n * abs(bin_.score - bin_.accuracy) for bin_ in self.bins) / total

    @classmethod
    def of(
        cls, scores: NDArray[np.float32], class_ids: NDArray[np.int64], bins: int = BINS
    ) -> Reliability:
        """Of ``scores`` (n, classes) for n pictures, 1 or more, of ``class_ids`` (n,)."""
        best = scores.max(axis=1).astype(np.float64)
        is_right = scores.argmax(axis=1) == class_ids
        # Each bin without its lower end, as in the paper: (0, 1/15], (1/15, 2/15] ...
        places = np.clip(np.ceil(best * bins).astype(int) - 1, 0, bins - 1)
        counts = np.bincount(places, minlength=bins)
        shared = np.maximum(counts, 1)
        means = np.bincount(places, best, bins) / shared
        rights = np.bincount(places, is_right, bins) / shared
        filled = map(Bin, counts.tolist(), means.tolist(), rights.tolist())
        return cls(tuple(filled), float(best.mean()), float(is_right.mean()))

    def to_json(self) -> dict[str, Any]:
        """Keys ``ece``, ``mean_score``, ``accuracy`` and ``bins``."""
        return {
            "ece": round(self.ece, 6),
            "mean_score": round(self.score, 6),
            "accuracy": round(self.accuracy, 6),
            "bins": [
                {"n": b.n, "score": round(b.score, 6), "accuracy": round(b.accuracy, 6)}
                for b in self.bins
            ],
        }
