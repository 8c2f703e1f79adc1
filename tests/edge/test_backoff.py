"""Waiting times, computed by hand."""

from __future__ import annotations

import pytest

from edge.capture.backoff import Backoff

STEADY = Backoff(first_s=0.1, most_s=1.0, jitter=0.0)


@pytest.mark.parametrize(
    ("tries", "expected_s"),
    [
        pytest.param(0, 0.0, id="the first try comes at once"),
        pytest.param(1, 0.1, id="first"),
        pytest.param(2, 0.2, id="doubled"),
        pytest.param(4, 0.8, id="0.1 * 2 ** 3"),
        pytest.param(5, 1.0, id="capped"),
        pytest.param(10**9, 1.0, id="after a year, without overflow"),
    ],
)
def test_delays_double_up_to_the_limit(tries: int, expected_s: float) -> None:
    assert STEADY.delay_s(tries, chance=0.3) == pytest.approx(expected_s)


@pytest.mark.parametrize(("chance", "expected_s"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_chance_moves_a_delay_up_and_down_by_the_jitter(chance: float, expected_s: float) -> None:
    backoff = Backoff(first_s=1.0, most_s=1.0, jitter=0.25)
    assert backoff.delay_s(3, chance) == pytest.approx(expected_s)
