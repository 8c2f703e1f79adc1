"""Do scores mean what they say: how often answers of a score are right, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.confidence import ece
from edge.scores import calibrate

BINS = 15  # as in C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017


@dataclass(frozen=True)
class Bin:
    """Answers whose best score lies in one of the equal steps from 0 to 1."""

    n: int
    score: float  # mean best score, 0 to 1; 0 without answers
    accuracy: float  # share of right ones, 0 to 1; 0 without answers


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram and the expected calibration error that sums it up."""

    bins: tuple[Bin, ...]
    ece: float  # mean distance of score and accuracy, weighted by n, 0 to 1

    @classmethod
    def of(cls, scores: NDArray[np.float32], class_ids: NDArray[np.int64]) -> Reliability:
        """Of ``scores`` (n, classes) for pictures of ``class_ids`` (n,)."""
        best = scores.max(axis=1)
        is_right = scores.argmax(axis=1) == class_ids
        # Each bin without its lower end, as in the paper: (0, 1/15], (1/15, 2/15] ...
        places = np.clip(np.ceil(best * BINS).astype(int) - 1, 0, BINS - 1)
        counts = np.bincount(places, minlength=BINS)
        shared = np.maximum(counts, 1)
        means = np.bincount(places, best, BINS) / shared
        rights = np.bincount(places, is_right, BINS) / shared
        bins = map(Bin, counts.tolist(), means.tolist(), rights.tolist())
        return cls(tuple(bins), ece(scores, class_ids, BINS))

    def to_json(self) -> dict[str, Any]:
        """Keys ``ece`` and ``bins``; fractions 0 to 1."""
        return {
            "ece": round(self.ece, 6),
            "bins": [
                {"n": b.n, "score": round(b.score, 6), "accuracy": round(b.accuracy, 6)}
                for b in self.bins
            ],
        }


@dataclass(frozen=True)
class Calibrated:
    """What the scores are worth, on the same pictures: float32, quantized, with temperature."""

    temperature: float
    n: int
    reference: Reliability  # the float32 file's scores
    before: Reliability  # the quantized file's
    after: Reliability  # the same divided by the temperature, as the app uses them

    def to_json(self) -> dict[str, Any]:
        """Keys ``temperature``, ``n``, ``float``, ``before``, ``after``."""
        return {
            "temperature": self.temperature,
            "n": self.n,
            "float": self.reference.to_json(),
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


def calibrated(
    float_scores: NDArray[np.float32],
    int8_scores: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    temperature: float,
) -> Calibrated:
    """All three diagrams of scores (n, classes).

    The pictures must be others than those that the temperature was fitted on.
    """
    return Calibrated(
        temperature=temperature,
        n=len(class_ids),
        reference=Reliability.of(float_scores, class_ids),
        before=Reliability.of(int8_scores, class_ids),
        after=Reliability.of(calibrate(int8_scores, temperature), class_ids),
    )
