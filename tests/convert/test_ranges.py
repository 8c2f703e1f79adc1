"""convert.rescue.ranges: estimators on numbers that a person can check."""

from __future__ import annotations

import numpy as np
import pytest

from convert.rescue.ranges import Observed, extremes, least_squares, mean_extremes, percentile


def observed(values, pictures=10):
    values = np.asarray(values, np.float32)
    parts = values.reshape(pictures, -1)
    return Observed(values, parts.min(axis=1), parts.max(axis=1))


@pytest.fixture
def spiked():
    """10,000 values from 0 to 1, and one of 1,000 in the last of ten pictures."""
    values = np.random.default_rng(0).uniform(0, 1, 10_000).astype(np.float32)
    values[-1] = 1000
    return observed(values)


def test_the_converters_own_estimate_takes_the_spike_in(spiked):
    assert extremes(spiked)[1] == 1000


def test_one_picture_in_ten_counts_a_tenth(spiked):
    assert mean_extremes(spiked)[1] == pytest.approx(100.9, abs=0.2)


@pytest.mark.parametrize("share, high", [(99.9, 1.0), (90, 0.95)])
def test_a_percentile_cuts_the_spike_off(spiked, share, high):
    assert percentile(share)(spiked)[1] == pytest.approx(high, abs=0.01)


def test_least_squares_keeps_what_rounds_well_and_cuts_a_thin_tail():
    rng = np.random.default_rng(0)
    even = observed(rng.uniform(-1, 1, 10_000))
    assert least_squares(even) == pytest.approx(extremes(even), rel=0.1)
    tail = rng.normal(0, 1, 1_000_000)
    tail[0] = 60
    low, high = least_squares(observed(tail))
    # (60 - high)^2 / 10^6 + ((high - low) / 255)^2 / 12 is smallest at 24 for a low of -4.5.
    assert high == pytest.approx(24, rel=0.15)
    assert low < -3
