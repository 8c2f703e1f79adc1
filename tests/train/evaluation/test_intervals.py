"""train.evaluation.intervals: resamples keep what they must, and spread as the theory says."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluation.intervals import auc_interval, middle, resampled

CONFUSION = np.array([[80, 20, 0], [5, 45, 0], [0, 0, 0]])


def test_every_resample_has_the_same_pictures_of_each_class():
    counts = resampled(CONFUSION, 50)
    assert counts.pictures.tolist() == [[100, 50, 0]] * 50
    assert counts.answers.sum(axis=1).tolist() == [150] * 50
    assert (counts.hits <= counts.answers).all()


def test_the_same_answers_give_the_same_interval():
    first, second = (resampled(CONFUSION).averages["macro_f1"] for _ in range(2))
    assert middle(first) == middle(second)


def test_recalls_spread_like_shares_of_as_many_pictures():
    recall = resampled(CONFUSION, 4000).recall
    assert recall[:, 0].std() == pytest.approx((0.8 * 0.2 / 100) ** 0.5, rel=0.05)
    assert recall[:, 1].std() == pytest.approx((0.9 * 0.1 / 50) ** 0.5, rel=0.05)
    low, high = middle(recall[:, 0])
    assert low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.011)
    assert high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.011)


def test_no_mistake_leaves_no_spread():
    assert middle(resampled(np.diag([3, 7])).averages["macro_f1"]) == (1, 1)


def test_interval_of_an_area_under_the_curve():
    # Q1 = 2/3, Q2 = 1.28/1.8: variance (0.16 + 9 * 0.026667 + 9 * 0.071111) / 100 = 0.0104.
    assert auc_interval(0.8, 10, 10) == pytest.approx((0.8 - 0.19988, 0.8 + 0.19988), abs=1e-5)
    assert auc_interval(1.0, 10, 10) == (1.0, 1.0)
    assert auc_interval(0.95, 3, 3)[1] == 1.0
