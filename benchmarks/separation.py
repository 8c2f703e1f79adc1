"""How well a number tells known from unknown pictures: scores to rank by, and the area under ROC.

All of them come from a file's outputs alone, so that a device could compute them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.scores import calibrate

_Z95 = 1.959964  # standard normal quantile of a two-sided 95 % interval
_KEPT = 0.95  # share of right answers that stay above a limit, as for the card's threshold
_GAMMA = 0.1  # of the generalized entropy, as its paper has it


@dataclass(frozen=True)
class Auroc:
    """How often a known picture ranks above an unknown one; 0.5 is chance, 1 is perfect."""

    area: float
    known: int
    unknown: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 %: J. Hanley and B. McNeil, Radiology 143, 1982, with exponential distributions."""
        a = self.area
        q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
        spread = (
            a * (1 - a) + (self.known - 1) * (q1 - a * a) + (self.unknown - 1) * (q2 - a * a)
        ) / (self.known * self.unknown)
        half = _Z95 * math.sqrt(max(spread, 0.0))
        return max(a - half, 0.0), min(a + half, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Keys ``area`` and ``ci95``."""
        low, high = self.interval
        return {"area": round(self.area, 4), "ci95": [round(low, 4), round(high, 4)]}


def auroc(known: NDArray[np.floating[Any]], unknown: NDArray[np.floating[Any]]) -> Auroc:
    """Of one number a picture, higher for known ones; equal numbers count half.

    Mann and Whitney's U over its largest value (see Hanley and McNeil).
    """
    values, inverse = np.unique(np.concatenate([known, unknown]), return_inverse=True)
    counts = np.bincount(inverse, minlength=len(values))
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]  # ties share their mean rank
    pairs = len(known) * len(unknown)
    u = ranks[: len(known)].sum() - len(known) * (len(known) + 1) / 2
    return Auroc(float(u / pairs), len(known), len(unknown))


def caught(
    known: NDArray[np.floating[Any]], right: NDArray[np.bool_], unknown: NDArray[np.floating[Any]]
) -> float:
    """Share of ``unknown`` below the limit that keeps 95 % of the ``right`` ones of ``known``."""
    return float((unknown < np.quantile(known[right], 1 - _KEPT)).mean())


Ranking = Callable[[NDArray[np.float32], float], NDArray[np.float32]]


def _best(scores: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    best: NDArray[np.float32] = calibrate(scores, temperature).max(axis=1)
    return best


def _margin(scores: NDArray[np.float32], _: float) -> NDArray[np.float32]:
    ordered = np.sort(scores, axis=1)
    return ordered[:, -1] - ordered[:, -2]


def _negative_entropy(scores: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    p = np.maximum(calibrate(scores, temperature), 1e-12)
    sums: NDArray[np.float32] = (p * np.log(p)).sum(axis=1)
    return sums


def _generalized_entropy(scores: NDArray[np.float32], _: float) -> NDArray[np.float32]:
    """X. Liu et al., "GEN: Pushing the Limits of Softmax-Based Out-of-Distribution Detection",
    CVPR 2023."""
    p = scores.clip(0, 1)
    sums: NDArray[np.float32] = -((p * (1 - p)) ** _GAMMA).sum(axis=1)
    return sums


# Of scores (n, classes) and the card's temperature; higher where a class is more likely known.
RANKINGS: dict[str, Ranking] = {
    "best score, calibrated (the device's)": _best,
    "best score, as the file gives it": lambda scores, _: scores.max(axis=1),
    "margin to the second": _margin,
    "entropy, calibrated": _negative_entropy,
    "entropy, as the file gives it": lambda scores, _: _negative_entropy(scores, 1.0),
    "generalized entropy": _generalized_entropy,
}
