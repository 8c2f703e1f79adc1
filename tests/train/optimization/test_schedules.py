"""train.optimization.schedules: rates against figures worked out by hand."""

from __future__ import annotations

import math

import pytest

from train.optimization.schedules import Triangle, make_schedule
from train.presets import PRESETS


@pytest.mark.parametrize(
    "step, rate",
    [
        pytest.param(0, 0.4, id="starts at a fifth of 2"),
        pytest.param(10, 1.2, id="half way up: between 0.4 and 2"),
        pytest.param(20, 2.0, id="the peak"),
        pytest.param(60, 1.1, id="half way down: between 2 and 0.2"),
        pytest.param(100, 0.2, id="ends at a tenth"),
    ],
)
def test_triangle(step, rate):
    triangle = Triangle(peak=2.0, steps=100, warmup=0.2, start=0.2, end=0.1)
    assert float(triangle(step)) == pytest.approx(rate, rel=1e-6)


def test_a_triangle_is_made_again_from_its_config():
    triangle = Triangle(peak=2.0, steps=100, warmup=0.2, start=0.2, end=0.1)
    again = Triangle.from_config(triangle.get_config())
    assert float(again(37)) == float(triangle(37))


def schedule(**changes):
    """A schedule of 100 steps up to a peak of 2."""
    changed = PRESETS["photos"].changed({f"fitting.{n}": v for n, v in changes.items()})
    return make_schedule(changed.fitting, 2.0, 100)


@pytest.mark.parametrize(
    "changes, rates",
    [
        pytest.param({"schedule": "constant", "warmup": 0.0}, {0: 2, 50: 2, 100: 2}, id="constant"),
        pytest.param(
            {"schedule": "constant", "warmup": 0.2, "start_rate": 0.5},
            {0: 1, 10: 1.5, 20: 2, 100: 2},
            id="warm-up, then constant",
        ),
        pytest.param(
            {"schedule": "triangle", "warmup": 0.0, "end_rate": 0.5},
            {0: 2, 50: 1.5, 100: 1},
            id="a straight fall",
        ),
        pytest.param(
            {"schedule": "cosine", "warmup": 0.0},
            {0: 2, 25: 1 + math.cos(math.pi / 4), 50: 1, 100: 0},
            id="cosine",
        ),
        pytest.param(
            {"schedule": "cosine", "warmup": 0.2, "end_rate": 0.5},
            {0: 0, 10: 1, 20: 2, 60: 1.5, 100: 1},
            id="warm-up, then half a cosine",
        ),
    ],
)
def test_schedules(changes, rates):
    rate = schedule(**changes)
    assert {step: float(rate(step)) for step in rates} == pytest.approx(rates, abs=1e-6)
