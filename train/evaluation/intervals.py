"""How far figures could be off by the chance of the test pictures: the bootstrap's intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from train.evaluation.class_counts import ClassCounts

RESAMPLES = 1000
Interval = tuple[float, float]  # both ends of the middle 95 %

_TINY = 1e-9  # of an area
_SEED = 0  # the same answers give the same intervals


def resampled(confusion: NDArray[np.int64], resamples: int = RESAMPLES) -> ClassCounts:
    """The counts of ``resamples`` test parts, as chance could have dealt them.

    A bootstrap (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993) that draws
    from smoothed shares. Each class keeps its number of pictures, as a stratified split does, so a
    row of the matrix is a multinomial draw.
    """
    rng = np.random.default_rng(_SEED)
    pictures = confusion.sum(axis=1)
    hits, answers = np.zeros((2, resamples, len(confusion)), np.int64)
    for class_id in np.flatnonzero(pictures):
        share = _smoothed(confusion[class_id], class_id)
        # The likely ones first: NumPy stops where all pictures have their answer.
        order = np.argsort(-share, kind="stable")
        drawn = rng.multinomial(pictures[class_id], share[order], resamples)
        answers[:, order] += drawn
        hits[:, class_id] = drawn[:, order == class_id].sum(axis=1)
    return ClassCounts(hits, np.broadcast_to(pictures, hits.shape), answers)


def around(value: float, drawn: NDArray[np.float64]) -> Interval:
    """The middle 95 % of a share's resamples (n,), moved from their own mean onto ``value``.

    Moved, because smoothing draws every class towards one half: the mean of many classes hardly
    spreads, and would lie outside of its own interval.
    """
    low, high = np.percentile(drawn, (2.5, 97.5)) - drawn.mean() + value
    return max(0.0, min(float(low), value)), min(1.0, max(float(high), value))


def _smoothed(row: NDArray[np.int64], class_id: int) -> NDArray[np.float64]:
    """A class's shares of the answers, after one right answer more and one wrong one more.

    A. Agresti and B. Caffo, The American Statistician 54, 2000. Unsmoothed, a class without a
    mistake would have none in any resample, which a handful of pictures does not promise.
    """
    more = np.full(len(row), 1 / max(1, len(row) - 1))  # the wrong one is shared by all others
    more[class_id] = 1
    share: NDArray[np.float64] = (row + more) / (row + more).sum()
    return share


def auc_interval(auc: float, positives: int, negatives: int) -> Interval:
    """The 95 % interval of an area under a ROC curve of so many pictures of each side.

    All areas from which ``auc`` lies no further than chance: method 5 of R. G. Newcombe, Statistics
    in Medicine 25, 2006, with the variance of J. A. Hanley and B. J. McNeil, Radiology 143, 1982.
    Theirs alone is nothing where no picture is out of order, which a handful does not promise.
    """
    each = (positives + negatives) / 2 - 1

    def beyond(area: float) -> float:
        """How much further than chance ``auc`` lies from ``area``."""
        others = each * ((1 - area) / (2 - area) + area / (1 + area))
        variance = area * (1 - area) * (1 + others) / (positives * negatives)
        return (auc - area) ** 2 - 1.959964**2 * variance

    # Beside ``auc`` itself, where nothing is beyond, as far as 0 and 1, where everything is.
    low = brentq(beyond, 0, auc - _TINY) if auc > _TINY else 0.0
    high = brentq(beyond, auc + _TINY, 1) if auc < 1 - _TINY else 1.0
    return float(low), float(high)
