"""train.evaluation.calibration: bins and their error, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluation.calibration import BINS, Reliability


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
