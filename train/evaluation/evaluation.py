"""How good the float network is on pictures it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.stats import Accuracy, accuracy
from train.data.dataset import Images


@dataclass(frozen=True)
class Evaluation:
    """Scores on held-out pictures and what follows from them."""

    scores: NDArray[np.float32]  # (n, classes), 0 to 1
    class_ids: NDArray[np.int64]  # (n,), the truth
    accuracy: Accuracy

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes): row is the truth, column the answer."""
        classes = self.scores.shape[1]
        pairs = self.class_ids * classes + self.scores.argmax(axis=1)
        return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)

    @property
    def recall(self) -> NDArray[np.float64]:
        """(classes,): share of each class's pictures that were named rightly; nan without any."""
        counts = self.confusion.sum(axis=1)
        with np.errstate(invalid="ignore"):
            share: NDArray[np.float64] = np.diag(self.confusion) / counts
        return share

    def worst(self, count: int) -> NDArray[np.int64]:
        """Positions of the wrong answers given with the highest scores, the surest first."""
        answers = self.scores.argmax(axis=1)
        wrong = np.flatnonzero(answers != self.class_ids)
        order = np.argsort(-self.scores[wrong, answers[wrong]], kind="stable")
        return wrong[order[:count]]

    def to_json(self, labels: tuple[str, ...]) -> dict[str, Any]:
        """Accuracy with interval, and the recall of each class."""
        recall = {
            label: None if np.isnan(share) else round(float(share), 4)
            for label, share in zip(labels, self.recall, strict=True)
        }
        return {**self.accuracy.to_json(), "recall": recall}


def evaluate(scores: NDArray[np.float32], images: Images) -> Evaluation:
    """Judge ``scores`` (n, classes) against the classes of ``images``."""
    return Evaluation(scores, images.class_ids, accuracy(scores, images.class_ids))
