"""edge.reliability: bins and their error, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edge.reliability import BINS, Reliability

# Best scores 0.9, 0.9, 0.9, 0.6, 0.3; answers 0, 0, 0, 1, 2.
FIVE = np.array(
    [
        [0.9, 0.05, 0.05, 0],
        [0.9, 0.1, 0, 0],
        [0.9, 0, 0.1, 0],
        [0.2, 0.6, 0.2, 0],
        [0.2, 0.25, 0.3, 0.25],
    ],
    np.float32,
)


def scores(*best):
    best = np.array(best, np.float32)
    return np.stack([best, 1 - best], axis=1)


def test_the_error_is_the_distance_weighted_by_answers():
    # 0.9, three times, right twice: |0.9 - 2/3|; 0.62 once and wrong: 0.62.
    values = Reliability.of(scores(0.9, 0.9, 0.9, 0.62), np.array([0, 0, 1, 1]))
    assert values.ece == pytest.approx((3 * (0.9 - 2 / 3) + 0.62) / 4, abs=1e-6)
    filled = {place: bin_.n for place, bin_ in enumerate(values.bins) if bin_.n}
    assert filled == {9: 1, 13: 3}  # 9/15 < 0.62 <= 10/15
    assert values.score == pytest.approx(0.83) and values.accuracy == 0.5


def test_certainty_that_is_right_has_no_error():
    values = Reliability.of(scores(1.0, 1.0), np.array([0, 0]))
    assert values.ece == 0
    assert values.bins[BINS - 1].n == 2
    assert sum(bin_["n"] for bin_ in values.to_json()["bins"]) == 2


@pytest.mark.parametrize(
    "truth, bins, expected",
    [
        # Of the three at 0.9 two are right: 2.7 - 2; 0.6 is right: 0.4; 0.3 is wrong: 0.3.
        pytest.param([0, 0, 3, 1, 3], 15, (0.7 + 0.4 + 0.3) / 5, id="bin by bin"),
        pytest.param([0, 0, 0, 1, 2], 15, (0.3 + 0.4 + 0.7) / 5, id="all right, not sure enough"),
        pytest.param([3, 3, 3, 3, 3], 15, (2.7 + 0.6 + 0.3) / 5, id="all wrong"),
        # One bin: mean score 3.6 / 5, three right of five.
        pytest.param([0, 0, 3, 1, 3], 1, 0.6 / 5, id="one bin lets errors cancel"),
        # Two bins part at 0.5: 3.3 - 3 above it, 0.3 below.
        pytest.param([0, 0, 3, 1, 3], 2, 0.6 / 5, id="two bins"),
    ],
)
def test_ece_is_what_a_hand_computes(truth, bins, expected):
    assert Reliability.of(FIVE, np.array(truth), bins).ece == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("score, right", [(1.0, 1), (0.0, 0), (0.5, 0)])
def test_scores_on_the_edge_of_a_bin_count_once(score, right):
    scores = np.array([[score, 0.0]], np.float32)
    assert Reliability.of(scores, np.array([1 - right]), bins=2).ece == pytest.approx(
        abs(score - right)
    )
