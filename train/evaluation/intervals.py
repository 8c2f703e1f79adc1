"""How far figures could be off by the chance of the test pictures: the bootstrap's intervals."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from train.evaluation.class_counts import ClassCounts

RESAMPLES = 1000
Interval = tuple[float, float]  # both ends of the middle 95 %

_SEED = 0  # the same answers give the same intervals


def resampled(confusion: NDArray[np.int64], resamples: int = RESAMPLES) -> ClassCounts:
    """The counts of ``resamples`` test parts, drawn with replacement within each class.

    The percentile bootstrap (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993,
    chapter 13). Each class keeps its number of pictures, as a stratified split does, so a row of
    the matrix is a multinomial draw.
    """
    rng = np.random.default_rng(_SEED)
    classes = len(confusion)
    pictures = confusion.sum(axis=1)
    hits = np.zeros((resamples, classes), np.int64)
    answers = np.zeros((resamples, classes), np.int64)
    for class_id in np.flatnonzero(pictures):
        row = confusion[class_id]
        given = np.flatnonzero(row)
        drawn = rng.multinomial(pictures[class_id], row[given] / pictures[class_id], resamples)
        answers[:, given] += drawn
        hits[:, class_id] = drawn[:, given == class_id].sum(axis=1)
    return ClassCounts(hits, np.broadcast_to(pictures, hits.shape), answers)


def middle(values: NDArray[np.float64]) -> Interval:
    """The 2.5th and the 97.5th percentile of a figure's resampled ``values`` (n,)."""
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def auc_interval(auc: float, positives: int, negatives: int) -> Interval:
    """The 95 % interval of an area under a ROC curve of so many pictures of each side.

    J. A. Hanley and B. J. McNeil, Radiology 143, 1982, cut at 0 and 1.
    """
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (q1 - auc**2) + (negatives - 1) * (q2 - auc**2)
    half = 1.959964 * math.sqrt(max(0.0, spread) / (positives * negatives))
    return max(0.0, auc - half), min(1.0, auc + half)
