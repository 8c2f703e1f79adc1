"""Test pictures to look at: the surest mistakes, and right answers drawn by lot."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from train.evaluation.evaluation import Evaluation

_SEED = 0


def worst(evaluation: Evaluation, most: int) -> NDArray[np.int64]:
    """Positions of up to ``most`` wrong answers, those with the highest scores first."""
    wrong = np.flatnonzero(evaluation.answers != evaluation.class_ids)
    order = np.argsort(-evaluation.scores[wrong, evaluation.answers[wrong]], kind="stable")
    return wrong[order[:most]]


def right(evaluation: Evaluation, most: int) -> NDArray[np.int64]:
    """Positions of up to ``most`` right answers drawn by lot, in the order of the classes.

    Every class gives one before any gives two.
    """
    found = np.flatnonzero(evaluation.answers == evaluation.class_ids)
    drawn: Counter[int] = Counter()
    rounds: list[tuple[int, int, int, int]] = []
    for position in np.random.default_rng(_SEED).permutation(found):
        class_id = int(evaluation.class_ids[position])
        rounds.append((drawn[class_id], len(rounds), class_id, int(position)))
        drawn[class_id] += 1
    chosen = sorted((class_id, position) for _, _, class_id, position in sorted(rounds)[:most])
    return np.array([position for _, position in chosen], np.int64)
