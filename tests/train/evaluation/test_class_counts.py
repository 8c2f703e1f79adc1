"""train.evaluation.class_counts: three classes counted by hand, and scikit-learn's verdict."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluation.class_counts import ClassCounts

# Rows the truth: 4 of class 0 (3 found), 2 of class 1 (1 found), 2 of class 2 (none, never named).
CONFUSION = np.array([[3, 1, 0], [1, 1, 0], [1, 1, 0]])


def test_shares_of_each_class():
    counts = ClassCounts.of(CONFUSION)
    assert counts.recall.tolist() == [3 / 4, 1 / 2, 0]
    assert counts.precision.tolist() == pytest.approx([3 / 5, 1 / 3, np.nan], nan_ok=True)
    assert counts.f1.tolist() == pytest.approx([6 / 9, 2 / 5, 0])


def test_means_count_a_class_or_a_picture():
    averages = ClassCounts.of(CONFUSION).averages
    assert averages["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)
    assert averages["macro_precision"] == pytest.approx((3 / 5 + 1 / 3 + 0) / 3)
    assert averages["macro_f1"] == pytest.approx((6 / 9 + 2 / 5 + 0) / 3)
    assert averages["weighted_precision"] == pytest.approx((4 * 3 / 5 + 2 / 3) / 8)
    assert averages["weighted_f1"] == pytest.approx((4 * 6 / 9 + 2 * 2 / 5) / 8)


def test_a_class_without_pictures_is_in_no_mean():
    # Class 2 has no picture but one wrong answer; classes 0 and 1 are found by half.
    counts = ClassCounts.of(np.array([[1, 0, 1], [1, 1, 0], [0, 0, 0]]))
    assert np.isnan(counts.recall[2])
    assert (counts.precision[2], counts.f1[2]) == (0, 0)
    assert counts.averages["balanced_accuracy"] == 0.5
    assert counts.averages["macro_precision"] == pytest.approx((1 / 2 + 1) / 2)


def test_the_means_are_those_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 300)
    answers = np.where(rng.random(300) < 0.6, truth, rng.integers(0, 4, 300))
    averages = ClassCounts.of(metrics.confusion_matrix(truth, answers)).averages
    assert averages["balanced_accuracy"] == pytest.approx(
        metrics.balanced_accuracy_score(truth, answers)
    )
    for kind in ("macro", "weighted"):
        precision, _, f1, _ = metrics.precision_recall_fscore_support(
            truth, answers, average=kind, zero_division=0
        )
        assert averages[f"{kind}_precision"] == pytest.approx(precision)
        assert averages[f"{kind}_f1"] == pytest.approx(f1)
