"""edge.scores: the arithmetic after the model."""

from __future__ import annotations

import numpy as np
import pytest

from edge.scores import is_distribution, softmax, top_ids, top_k


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_softmax_by_hand():
    # e^0 : e^ln(2) : e^ln(5) = 1 : 2 : 5
    assert softmax(scores(0, np.log(2), np.log(5))) == pytest.approx([0.125, 0.25, 0.625])


def test_softmax_of_large_logits_does_not_overflow():
    assert softmax(scores(1000, 1000, -1000)) == pytest.approx([0.5, 0.5, 0.0])


@pytest.mark.parametrize(
    "values, step, expected",
    [
        pytest.param((0.2, 0.3, 0.5), 0.0, True, id="sums to one"),
        pytest.param((0.2, 0.3, 0.6), 0.0, False, id="sums to more"),
        pytest.param((-0.5, 0.5, 1.0), 0.0, False, id="negative"),
        pytest.param((0.32, 0.32, 0.32), 0.0, False, id="0.96 is not one"),
        pytest.param((0.32, 0.32, 0.32), 0.05, True, id="but may be after rounding to 0.05"),
    ],
)
def test_is_distribution(values, step, expected):
    assert is_distribution(scores(*values), step) is expected


def test_top_is_best_first():
    assert top_ids(scores(0.1, 0.5, 0.3, 0.1), 2).tolist() == [1, 2]


def test_equal_scores_come_in_class_order():
    assert top_ids(scores(0.2, 0.3, 0.2, 0.3), 3).tolist() == [1, 3, 0]


def test_many_equal_scores_come_in_class_order():
    # Enough of them for numpy's quicksort to change their order.
    assert top_ids(np.tile(scores(0.5, 0.25), 50), 50).tolist() == list(range(0, 100, 2))


@pytest.mark.parametrize("k, expected", [(0, []), (-1, []), (3, [2, 0, 1]), (9, [2, 0, 1])])
def test_any_k_is_allowed(k, expected):
    assert top_ids(scores(0.3, 0.2, 0.5), k).tolist() == expected


def test_top_k_names_the_classes():
    best = top_k(scores(0.25, 0.75), ("cat", "dog"), 1)
    assert best == (("dog", 0.75),)
    assert type(best[0].score) is float
