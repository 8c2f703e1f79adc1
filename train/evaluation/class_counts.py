"""Precision, recall and F1 of each class, and their means, from three counts a class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]  # 0 to 1; nan where nothing can be said


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """What is counted for each class; leading axes, if any, are resamples."""

    hits: NDArray[np.int64]  # (..., classes), pictures of the class that were named so
    pictures: NDArray[np.int64]  # (..., classes), pictures of the class
    answers: NDArray[np.int64]  # (..., classes), pictures that were named so, rightly or not

    @classmethod
    def of(cls, confusion: NDArray[np.int64]) -> ClassCounts:
        """From a confusion matrix (classes, classes): rows the truth, columns the answer."""
        return cls(np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0))

    @property
    def recall(self) -> Shares:
        """Share of each class's pictures that were found; nan without pictures."""
        return _ratio(self.hits, self.pictures)

    @property
    def precision(self) -> Shares:
        """Share of the answers naming a class that were right; nan if it was never named."""
        return _ratio(self.hits, self.answers)

    @property
    def f1(self) -> Shares:
        """Harmonic mean of both; nan for a class without pictures that was never named."""
        return _ratio(2 * self.hits, self.pictures + self.answers)

    @property
    def averages(self) -> dict[str, Shares]:
        """Means over the classes by name, each of the shape of the leading axes.

        Macro means count every class with pictures alike, weighted means every picture; a class
        that was never named counts with precision 0 (as in scikit-learn). Balanced accuracy is the
        macro mean of the recalls (K. H. Brodersen et al., ICPR 2010); their weighted mean would be
        the accuracy.
        """
        return {
            "balanced_accuracy": self._macro(self.recall),
            "macro_precision": self._macro(self.precision),
            "macro_f1": self._macro(self.f1),
            "weighted_precision": self._weighted(self.precision),
            "weighted_f1": self._weighted(self.f1),
        }

    def _macro(self, values: Shares) -> Shares:
        known = self.pictures > 0
        mean: Shares = np.where(known, np.nan_to_num(values), 0).sum(-1) / known.sum(-1)
        return mean

    def _weighted(self, values: Shares) -> Shares:
        sums: Shares = (np.nan_to_num(values) * self.pictures).sum(-1) / self.pictures.sum(-1)
        return sums


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Shares:
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
