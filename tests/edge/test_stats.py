"""edge.stats: intervals and percentiles against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edge.stats import Accuracy, Percentiles, accuracy


@pytest.mark.parametrize(
    "right, n, low, high",
    [
        # z = 1.959964, z * z = 3.841459
        pytest.param(0, 10, 0.0, 0.3841459 / 1.3841459, id="none right: not an interval of 0 to 0"),
        pytest.param(10, 10, 1 / 1.3841459, 1.0, id="all right: does not exceed 1"),
        pytest.param(50, 100, 0.403832, 0.596168, id="half right"),
        pytest.param(9300, 10000, 0.924832, 0.934837, id="a test set of 10,000"),
    ],
)
def test_wilson_interval(right, n, low, high):
    assert Accuracy(right, n).interval == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("n", range(1, 200))
def test_an_interval_stays_within_0_and_1(n):
    assert Accuracy(0, n).interval[0] >= 0 and Accuracy(n, n).interval[1] <= 1


def test_accuracy_says_share_interval_and_n():
    assert str(Accuracy(50, 100)) == "50.00% (95 % CI 40.38% to 59.62%, n = 100)"
    assert Accuracy(50, 100).to_json() == {"top1": 0.5, "n": 100, "ci95": [0.403832, 0.596168]}


def test_accuracy_counts_where_the_highest_score_is_right():
    scores = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], np.float32)
    assert accuracy(scores, np.array([0, 0, 1])) == Accuracy(2, 3)


def test_percentiles_lie_between_neighbours():
    times = Percentiles.of([float(i) for i in range(101)])
    assert (times.p50_ms, times.p90_ms, times.p99_ms) == (50, 90, 99)
    assert Percentiles.of([1.0, 2.0]).p90_ms == pytest.approx(1.9)
