"""convert.gate: hand-computed verdicts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convert.gate import Verdict, judge, rejected_path
from convert.proof.comparison import Drop


def scores(*labels):
    """Sure answers, (n, 3)."""
    return np.eye(3, dtype=np.float32)[list(labels)]


def test_only_pictures_that_change_sides_count():
    truth = np.array([0, 1, 2, 0, 1])
    verdict = judge(scores(0, 1, 2, 1, 0), scores(0, 0, 1, 0, 2), truth, max_drop=0.5)
    assert verdict.drop == Drop(lost=2, won=1, n=5)
    assert verdict.drop.points == pytest.approx(20)


def test_the_interval_is_the_papers_formula():
    # (lost + .5, won + .5, n + 2) = (20.5, 10.5, 1002): half = z sqrt(31 - 100/1002) / 1002.
    low, high = Drop(lost=20, won=10, n=1000).interval
    assert low == pytest.approx(-0.0893, abs=1e-3)
    assert high == pytest.approx(2.0853, abs=1e-3)


@pytest.mark.parametrize(
    "lost, won, n, max_drop, passes, is_open",
    [
        pytest.param(500, 0, 5000, 0.5, False, False, id="clearly broken"),
        pytest.param(10, 10, 5000, 0.5, True, False, id="clearly fine"),
        pytest.param(6, 0, 1000, 0.5, False, True, id="refused by one picture, within noise"),
        pytest.param(5, 0, 1000, 0.5, True, True, id="the limit itself passes"),
        pytest.param(3, 0, 1000, 0.3, True, True, id="no rounding at the limit"),
        pytest.param(0, 30, 1000, 0.0, True, False, id="int8 is better"),
        pytest.param(1, 0, 1000, 0.0, False, True, id="nothing allowed"),
    ],
)
def test_decided_by_the_drop_as_measured(lost, won, n, max_drop, passes, is_open):
    verdict = Verdict(Drop(lost, won, n), max_drop)
    assert (verdict.passes, verdict.is_open) == (passes, is_open)
    assert ("cannot tell for sure" in verdict.sentence()) == is_open
    assert ("more than" in verdict.sentence()) == (not passes)
    assert ("gains" in verdict.sentence()) == (won > lost)
    assert verdict.to_json()["within_noise"] == is_open


def test_the_interval_shrinks_with_agreement():
    agreeing = Drop(lost=5, won=5, n=1000).interval
    differing = Drop(lost=100, won=100, n=1000).interval
    assert agreeing[1] - agreeing[0] < (differing[1] - differing[0]) / 3


def test_a_refused_file_gets_a_name_that_nobody_takes_for_the_good_one():
    assert rejected_path(Path("out/model_int8.tflite")) == Path("out/model_int8.rejected.tflite")
