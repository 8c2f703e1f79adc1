"""benchmarks.separation: ranks and areas as by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.separation import RANKINGS, Auroc, auroc, caught


@pytest.mark.parametrize(
    "known, unknown, area",
    [
        pytest.param([3, 4], [1, 2], 1.0, id="apart"),
        pytest.param([1, 2], [3, 4], 0.0, id="the wrong way round"),
        pytest.param([1, 3, 5], [2, 4], 0.5, id="3 of 6 pairs"),
        pytest.param([2, 2, 7], [2, 1], (0.5 + 1 + 0.5 + 1 + 1 + 1) / 6, id="ties count half"),
        pytest.param([1, 1], [1, 1, 1], 0.5, id="all equal"),
    ],
)
def test_area_is_the_share_of_pairs_in_order(known, unknown, area):
    assert auroc(np.array(known, float), np.array(unknown, float)).area == pytest.approx(area)


def test_interval_by_hand():
    # Q1 = 0.75 / 1.25, Q2 = 2 x 0.5625 / 1.75;
    # (0.1875 + 2 (0.6 - 0.5625) + (0.642857 - 0.5625)) / 6 = 0.0571429, its root 0.239046.
    low, high = Auroc(0.75, known=3, unknown=2).interval
    assert low == pytest.approx(0.75 - 1.959964 * 0.239046, abs=1e-5)
    assert high == 1


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = 0.7602499  # of normal numbers one deviation apart: Phi(1 / sqrt(2))
    hits = 0
    for _ in range(400):
        low, high = auroc(rng.normal(1, 1, 80), rng.normal(0, 1, 60)).interval
        hits += low <= truth <= high
    assert 0.92 <= hits / 400 <= 0.98


def test_caught_uses_the_limit_that_right_answers_set():
    known = np.arange(100, dtype=float)
    right = known >= 20  # of 20 to 99 the lowest 5 % end at 23.95
    assert caught(known, right, np.array([0.0, 23.9, 24.0, 90.0])) == 0.5


@pytest.mark.parametrize("name", RANKINGS)
def test_every_ranking_puts_a_sure_answer_above_a_torn_one(name):
    scores = np.array([[0.9, 0.05, 0.05], [0.4, 0.35, 0.25]], np.float32)
    sure, torn = RANKINGS[name](scores, 0.7)
    assert sure > torn
