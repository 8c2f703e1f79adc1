"""benchmarks/training/paired.py: means, paired differences and what they show."""

from __future__ import annotations

import pytest

from benchmarks.training.paired import Seeds, differences, seeds_of


def row(name: str, seed: int, top1: float) -> dict[str, object]:
    return {"row": name, "seed": seed, "top1": top1}


def top1(row):
    return row["top1"]


def test_differences_are_of_the_same_seed_and_leave_out_seeds_that_one_lacks():
    rows = [row("base", 0, 0.5), row("base", 1, 0.7), row("a", 1, 0.75), row("a", 2, 0.9)]
    gain = differences(rows, "a", "base", top1)
    assert gain is not None
    assert gain.values == pytest.approx((0.05,))
    assert gain.verdict() == "one seed"
    assert differences(rows, "b", "base", top1) is None


def test_the_interval_is_students():
    seeds = Seeds((0.01, 0.02, 0.03))
    half = 4.3027 * 0.01 / 3**0.5  # t of two degrees of freedom, from a printed table
    assert seeds.interval == pytest.approx((0.02 - half, 0.02 + half), abs=1e-5)
    assert seeds.points() == "+2.00 (-0.48 to +4.48)"
    assert seeds.verdict() == "no difference seen"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((0.02, 0.021, 0.022), "**helps**"), ((-0.02, -0.021, -0.022), "**hurts**"),
     ((0.0, 0.0, 0.0), "no difference seen")],
)  # fmt: skip
def test_only_an_interval_without_zero_says_something(values, verdict):
    assert Seeds(values).verdict() == verdict


def test_a_share_has_its_range():
    rows = [row("a", 1, 0.61), row("a", 0, 0.6), row("b", 0, 0.1)]
    assert seeds_of(rows, "a", top1).share() == "60.50% (60.00% to 61.00%)"
