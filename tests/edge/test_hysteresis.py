"""edge.hysteresis: who stands, at and around each edge of the rule."""

from __future__ import annotations

import numpy as np
import pytest

from edge.decide.hysteresis import Hysteresis


def after(threshold, margin, scores, standing):
    return Hysteresis(threshold, margin).next(np.array(scores, np.float32), standing)


@pytest.mark.parametrize(
    "scores, expected",
    [
        pytest.param((0.2, 0.75), 1, id="the best takes its place"),
        pytest.param((0.2, 0.7), 1, id="0.7 reaches 0.7, though less in float32"),
        pytest.param((0.2, 0.6999), None, id="just below the threshold is unknown"),
        pytest.param((0.65, 0.1), None, id="the margin is for those that stand, not for new ones"),
    ],
)
def test_where_none_stands(scores, expected):
    assert after(0.7, 0.1, scores, None) == expected


@pytest.mark.parametrize(
    "scores, expected",
    [
        pytest.param((0.4, 0.3, 0.3), 0, id="the best of all stays"),
        pytest.param((0.35, 0.45, 0.2), 0, id="exactly the margin is not more than the margin"),
        pytest.param((0.35, 0.4502, 0.1), 1, id="a hair more is"),
        pytest.param((0.2, 0.2, 0.36), 2, id="beaten by the best, not by the next in line"),
        pytest.param((0.4, 0.4, 0.2), 0, id="a tie changes nothing"),
    ],
)
def test_a_label_that_stands_against_another(scores, expected):
    assert after(0.25, 0.1, scores, 0) == expected


def test_a_tie_does_not_go_back_to_the_lower_class():
    assert after(0.25, 0.1, (0.4, 0.4, 0.2), 1) == 1


@pytest.mark.parametrize(
    "own, expected",
    [
        pytest.param(0.65, 0, id="below the threshold, within the margin"),
        pytest.param(0.6, 0, id="exactly threshold - margin stays"),
        pytest.param(0.5998, None, id="a hair less leaves"),
    ],
)
def test_a_label_that_fades(own, expected):
    assert after(0.7, 0.1, (own, 0.1), 0) == expected


@pytest.mark.parametrize(
    "scores, expected",
    [
        # It fades below 0.45 - 0.2 = 0.25. One that reaches 0.45 is above that by the margin.
        pytest.param((0.24, 0.45), 1, id="another takes its place at once"),
        pytest.param((0.24, 0.44), None, id="but not one below the threshold"),
        pytest.param((0.26, 0.45), 0, id="and none where the label has not faded"),
    ],
)
def test_who_follows_a_label_that_fades(scores, expected):
    assert after(0.45, 0.2, scores, 0) == expected


@pytest.mark.parametrize(
    "own, expected",
    [
        pytest.param(0.04, 0, id="exactly half of the threshold stays"),
        pytest.param(0.0398, None, id="a hair less leaves, though the margin is above 0.08"),
    ],
)
def test_a_label_leaves_however_low_the_threshold(own, expected):
    assert after(0.08, 0.1, (own, 0.01), 0) == expected


def test_without_a_threshold_nothing_is_unknown():
    assert after(0.0, 0.1, (0.0, 0.0), None) == 0
    assert after(0.0, 0.1, (0.0, 0.0), 1) == 1


def test_without_a_margin_the_best_stands():
    assert after(0.25, 0.0, (0.4, 0.4001), 0) == 1
    assert after(0.25, 0.0, (0.2499, 0.2499), 0) is None
