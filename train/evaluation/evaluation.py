"""How good the float network is on pictures it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.stats import Accuracy, accuracy
from train.data.dataset import Images
from train.evaluation.class_counts import ClassCounts, Shares
from train.evaluation.ranking import TOP, top_accuracy


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores on held-out pictures and what follows from them."""

    scores: NDArray[np.float32]  # (n, classes), 0 to 1
    class_ids: NDArray[np.int64]  # (n,), the truth
    accuracy: Accuracy

    @cached_property
    def answers(self) -> NDArray[np.int64]:
        """(n,): the class with the highest score."""
        return self.scores.argmax(axis=1)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes): row is the truth, column the answer."""
        classes = self.scores.shape[1]
        pairs = self.class_ids * classes + self.answers
        return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)

    @cached_property
    def counts(self) -> ClassCounts:
        """Hits, pictures and answers of each class."""
        return ClassCounts.of(self.confusion)

    @property
    def recall(self) -> Shares:
        """(classes,): share of each class's pictures that were named rightly; nan without any."""
        return self.counts.recall

    @cached_property
    def top3(self) -> Accuracy | None:
        """How often the truth is among the three best; None where three are all classes."""
        if self.scores.shape[1] <= TOP:
            return None
        return top_accuracy(self.scores, self.class_ids, TOP)

    def to_json(self, labels: tuple[str, ...]) -> dict[str, Any]:
        """Accuracy with interval, means over the classes, and the recall of each class."""
        averages = self.counts.averages
        recall = {
            label: None if np.isnan(share) else round(float(share), 4)
            for label, share in zip(labels, self.recall, strict=True)
        }
        return {
            **self.accuracy.to_json(),
            "balanced_accuracy": round(float(averages["balanced_accuracy"]), 6),
            "macro_f1": round(float(averages["macro_f1"]), 6),
            "recall": recall,
        }


def evaluate(scores: NDArray[np.float32], images: Images) -> Evaluation:
    """Judge ``scores`` (n, classes) against the classes of ``images``."""
    return Evaluation(scores, images.class_ids, accuracy(scores, images.class_ids))
