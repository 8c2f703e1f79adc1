"""How well the scores put the right class in front: top-3, ROC and precision-recall curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from edge.stats import Accuracy
from train.evaluation.intervals import Interval, auc_interval

TOP = 3

Points = NDArray[np.float64]  # (n, 2), both 0 to 1

_MOST_POINTS = 200  # of a curve; more than a drawing shows


@dataclass(frozen=True)
class ClassRanking:
    """One class against all others, judged by its score alone."""

    auc: float  # area under the ROC curve, 0 to 1; 0.5 is chance
    auc_interval: Interval
    average_precision: float  # 0 to 1; chance is the class's share of the pictures


@dataclass(frozen=True, eq=False)
class Curves:
    """The two curves of one class, from the strictest threshold to none."""

    class_id: int
    roc: Points  # (share of the others named so, share of the class found)
    precision_recall: Points  # (share of the class found, share of the answers right)


def top_accuracy(scores: NDArray[np.float32], class_ids: NDArray[np.int64], k: int) -> Accuracy:
    """How often the class of ``class_ids`` (n,) is among the ``k`` best ``scores`` (n, classes).

    Equal scores rank in the order of the classes, as with the best one.
    """
    own = np.take_along_axis(scores, class_ids[:, None], axis=1)
    is_before = np.arange(scores.shape[1]) < class_ids[:, None]
    ahead = ((scores > own) | ((scores == own) & is_before)).sum(axis=1)
    return Accuracy(int((ahead < k).sum()), len(class_ids))


def rank_classes(
    scores: NDArray[np.float32], class_ids: NDArray[np.int64]
) -> tuple[ClassRanking | None, ...]:
    """Each class against the rest; None for a class with no pictures, or with all of them."""
    n, classes = scores.shape
    counts = np.bincount(class_ids, minlength=classes).tolist()
    found: list[ClassRanking | None] = []
    for class_id, count in enumerate(counts):
        if not 0 < count < n:
            found.append(None)
            continue
        is_one, score = class_ids == class_id, scores[:, class_id]
        auc = float(roc_auc_score(is_one, score))
        precision = float(average_precision_score(is_one, score))
        found.append(ClassRanking(auc, auc_interval(auc, count, n - count), precision))
    return tuple(found)


def curves(scores: NDArray[np.float32], class_ids: NDArray[np.int64]) -> Curves | None:
    """The curves of the rarer of two classes; None where there are more, or one has no picture."""
    counts = np.bincount(class_ids, minlength=scores.shape[1])
    if len(counts) != 2 or not counts.all():
        return None
    rarer = int(counts[1] <= counts[0])
    is_one, score = class_ids == rarer, scores[:, rarer]
    false_alarms, found, _ = roc_curve(is_one, score)
    precision, recall, _ = precision_recall_curve(is_one, score)
    return Curves(
        rarer,
        _thinned(np.stack([false_alarms, found], axis=1)),
        _thinned(np.stack([recall, precision], axis=1)[::-1]),
    )


def _thinned(points: Points) -> Points:
    if len(points) <= _MOST_POINTS:
        return points
    return points[np.linspace(0, len(points) - 1, _MOST_POINTS).round().astype(int)]
