"""train.evaluation.intervals: resamples keep what they must, and spread as the theory says."""

from __future__ import annotations

from statistics import NormalDist

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
    # 1 - t = z^2 t (1 + 9 ((1 - t) / (2 - t) + t / (1 + t))) / 100 holds for t = 0.80021.
    assert auc_interval(1.0, 10, 10) == (pytest.approx(0.80021, abs=1e-5), 1.0)
    assert auc_interval(0.0, 10, 10) == (0.0, pytest.approx(0.19979, abs=1e-5))
    # At chance the variance is 0.25 (1 + 9 * 2 / 3) / 100 = 0.0175, about the same at the ends.
    low, high = auc_interval(0.5, 10, 10)
    assert low == pytest.approx(1 - high)
    assert low == pytest.approx(0.5 - 1.96 * 0.0175**0.5, abs=0.04)


@pytest.mark.parametrize(
    # Hanley and McNeil's error of the true area gives widths of 0.29, 0.12 and 0.17; close to 1
    # what was seen leaves more open.
    ("pictures", "area", "widest"),
    [((10, 10), 0.9, 0.34), ((5, 50), 0.99, 0.25), ((50, 50), 0.8, 0.19)],
)
def test_such_an_interval_holds_the_area_as_often_as_it_says(pictures, area, widest):
    rng = np.random.default_rng(0)
    apart = 2**0.5 * NormalDist().inv_cdf(area)
    held, widths = [], []
    for _ in range(400):
        positives = rng.normal(apart, 1, pictures[0])
        seen = (positives[:, np.newaxis] > rng.normal(0, 1, pictures[1])).mean()
        low, high = auc_interval(float(seen), *pictures)
        held.append(low <= area <= high)
        widths.append(high - low)
    assert 0.93 < np.mean(held) <= 1
    assert np.mean(widths) < widest
