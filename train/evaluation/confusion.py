"""What is taken for what: the pairs of classes that are confused most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.stats import Accuracy


@dataclass(frozen=True)
class Pair:
    """One class that is taken for another."""

    truth: str
    answer: str
    share: Accuracy  # of the class's pictures that got the other's name

    def __str__(self) -> str:
        share = self.share
        return (
            f"{self.truth} is taken for {self.answer}: {share.right:,} of {share.n:,} pictures"
            f" ({share.top1:.1%})"
        )


def confused_pairs(
    confusion: NDArray[np.int64], labels: tuple[str, ...], most: int
) -> tuple[Pair, ...]:
    """Up to ``most`` pairs of the matrix (rows the truth, columns the answer), the worst first.

    They rank by the lower end of the share's 95 % interval: a single slip among three pictures of
    a rare class is no pattern yet.
    """
    pictures = confusion.sum(axis=1)
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    pairs = [
        Pair(
            labels[truth], labels[answer], Accuracy(int(wrong[truth, answer]), int(pictures[truth]))
        )
        for truth, answer in np.argwhere(wrong)
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.share.interval[0])[:most])


def shares(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each row divided by its pictures, 0 to 1; zeros for a class without any."""
    divided: NDArray[np.float64] = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    return divided
