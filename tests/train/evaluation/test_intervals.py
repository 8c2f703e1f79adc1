"""train.evaluation.intervals: resamples keep what they must, and spread as the theory says."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluation.class_counts import ClassCounts
from train.evaluation.intervals import around, auc_interval, resampled

CONFUSION = np.array([[80, 20, 0], [5, 45, 0], [0, 0, 0]])


def balanced(confusion):
    """The interval of the balanced accuracy."""
    confusion = np.array(confusion)
    value = float(ClassCounts.of(confusion).averages["balanced_accuracy"])
    return around(value, resampled(confusion).averages["balanced_accuracy"])


def test_every_resample_has_the_same_pictures_of_each_class():
    counts = resampled(CONFUSION, 50)
    assert counts.pictures.tolist() == [[100, 50, 0]] * 50
    assert counts.answers.sum(axis=1).tolist() == [150] * 50
    assert (counts.hits <= counts.answers).all()


def test_the_same_answers_give_the_same_interval():
    assert balanced(CONFUSION) == balanced(CONFUSION)


def test_recalls_spread_like_shares_of_as_many_pictures():
    recall = resampled(CONFUSION, 4000).recall
    # One right answer and one wrong one more: 81 of 102 and 46 of 52.
    assert recall[:, 0].std() == pytest.approx((81 * 21 / 102**2 / 100) ** 0.5, rel=0.05)
    assert recall[:, 1].std() == pytest.approx((46 * 6 / 52**2 / 50) ** 0.5, rel=0.05)
    low, high = around(0.8, recall[:, 0])
    assert low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.011)
    assert high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.011)


@pytest.mark.parametrize(
    "confusion, expected",
    [
        # Binomial(2, 2/3) is 0 more often than in 2.5 %: 1 + 0 - 2/3.
        pytest.param(np.diag([1, 1]), (1 / 3, 1), id="two pictures, both right"),
        # Binomial(16, 0.9) is below 12 in 1.7 %, below 13 in 6.8 %: 1 + 12/16 - 0.9.
        pytest.param(np.diag([8, 8]), (0.85, 1), id="sixteen pictures, all right"),
        # The difference of two Binomial(8, 0.1) lies within 2 in 95 %: 0.5 +- 2/16.
        pytest.param([[8, 0], [8, 0]], (0.375, 0.625), id="one answer for all"),
    ],
)
def test_a_handful_of_pictures_promises_little(confusion, expected):
    assert balanced(confusion) == pytest.approx(expected, abs=0.03)


def test_no_mistake_in_a_class_leaves_its_f1_open():
    low, high = around(1.0, resampled(np.diag([8, 8])).f1[:, 0])
    assert 0.7 < low < 0.9 and high == 1


def test_hundreds_of_pictures_have_the_interval_of_theory():
    half = 1.96 * (0.9 * 0.1 / 300 / 2) ** 0.5
    confusion = [[270, 30], [30, 270]]
    assert balanced(confusion) == pytest.approx((0.9 - half, 0.9 + half), abs=0.003)


@pytest.mark.parametrize("pictures", [2, 5, 20])
def test_the_truth_lies_inside_nearly_always(pictures):
    rng = np.random.default_rng(1)
    tests = [
        np.stack([rng.multinomial(pictures, shares) for shares in ((0.9, 0.1), (0.1, 0.9))])
        for _ in range(200)
    ]
    inside = [low <= 0.9 <= high for low, high in map(balanced, tests)]
    assert np.mean(inside) >= 0.93


@pytest.mark.parametrize(
    "value, expected",
    [
        pytest.param(0.5, (0.025, 0.975), id="where the draws are"),
        pytest.param(0.9, (0.425, 1.0), id="cut at 1"),
        pytest.param(0.1, (0.0, 0.575), id="cut at 0"),
    ],
)
def test_draws_are_moved_onto_the_figure(value, expected):
    assert around(value, np.linspace(0, 1, 1001)) == pytest.approx(expected)


def test_the_figure_is_never_outside():
    draws = np.array([0.2] * 99 + [1.0])  # mean 0.208, all percentiles 0.2
    assert around(0.5, draws) == pytest.approx((0.492, 0.5))


def test_interval_of_an_area_under_the_curve():
    # Q1 = 2/3, Q2 = 1.28/1.8: variance (0.16 + 9 * 0.026667 + 9 * 0.071111) / 100 = 0.0104.
    assert auc_interval(0.8, 10, 10) == pytest.approx((0.8 - 0.19988, 0.8 + 0.19988), abs=1e-5)
    assert auc_interval(1.0, 10, 10) == (1.0, 1.0)
    assert auc_interval(0.95, 3, 3)[1] == 1.0
