"""train.evaluation.ranking: areas and ranks counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluation.ranking import curves, rank_classes, top_accuracy


def two_classes(second):
    second = np.array(second, np.float32)
    return np.stack([1 - second, second], axis=1)


# Class 1 scores 0.9 and 0.4, the others 0.5, 0.1 and 0.2: 5 of 6 pairs are in order.
SCORES, TRUTH = two_classes([0.9, 0.4, 0.5, 0.1, 0.2]), np.array([1, 1, 0, 0, 0])


def test_area_and_precision_of_each_class():
    first, second = rank_classes(SCORES, TRUTH)
    assert (first.auc, second.auc) == pytest.approx((5 / 6, 5 / 6))
    # Class 1 is found at rank 1 (1 of 1 right) and rank 3 (2 of 3 right).
    assert second.average_precision == pytest.approx((1 + 2 / 3) / 2)
    # Class 0 at ranks 1, 2 and 4, where 3 of 4 are right.
    assert first.average_precision == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_a_class_without_pictures_has_no_area():
    scores = np.tile(np.array([[0.5, 0.3, 0.2]], np.float32), (4, 1))
    found = rank_classes(scores, np.array([0, 0, 1, 1]))
    assert found[2] is None
    assert found[0].auc == 0.5  # all scores are equal: chance
    assert rank_classes(scores, np.zeros(4, int))[0] is None


def test_curves_are_those_of_the_rarer_class():
    found = curves(SCORES, TRUTH)
    assert found.class_id == 1
    assert found.roc[0].tolist() == [0, 0]
    assert found.roc[-1].tolist() == [1, 1]
    assert [1 / 3, 1.0] in found.roc.tolist()  # both are found with one false alarm of three
    assert found.precision_recall[0].tolist() == [0, 1]
    assert found.precision_recall[-1].tolist() == [1, 2 / 5]
    assert curves(SCORES[:, ::-1], 1 - TRUTH).class_id == 0


def test_curves_need_two_classes_with_pictures():
    assert curves(np.eye(3, dtype=np.float32), np.arange(3)) is None
    assert curves(SCORES, np.ones(5, int)) is None


def test_long_curves_are_thinned_but_keep_their_ends():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 3000)
    found = curves(two_classes(rng.random(3000)), truth)
    assert len(found.roc) <= 200 and len(found.precision_recall) <= 200
    assert found.roc[0].tolist() == [0, 0] and found.roc[-1].tolist() == [1, 1]


def test_the_truth_among_the_best_three():
    scores = np.array(
        [
            [0.4, 0.3, 0.2, 0.1],  # truth 3 is last
            [0.4, 0.3, 0.2, 0.1],  # truth 2 is third
            [0.25, 0.25, 0.25, 0.25],  # all alike: the first three come first
            [0.25, 0.25, 0.25, 0.25],
        ],
        np.float32,
    )
    top3 = top_accuracy(scores, np.array([3, 2, 2, 3]), 3)
    assert (top3.right, top3.n) == (2, 4)
    assert top_accuracy(scores, np.array([0, 0, 0, 0]), 1).right == 4
