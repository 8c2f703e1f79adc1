"""edge.smoothing: means over irregular times, votes, and the text that chooses between them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge.decide.smoothing import Exponential, Majority, parse_smoothing, start_smoothing

HALF_LIFE_S = math.log(2)  # with a time constant of 1 s a mean moves half-way in this time


def update_all(smoothing, frames, threshold=0.0):
    """The smoothed scores after each of ``frames``: (time, scores) pairs."""
    smoother = start_smoothing(smoothing, threshold)
    return [smoother.update(np.array(scores, np.float32), time_s) for time_s, scores in frames]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0.5", Exponential(0.5)),
        ("0.5s", Exponential(0.5)),
        ("2", Exponential(2.0)),
        ("majority:5", Majority(5)),
        ("majority:1", Majority(1)),
        ("off", "off"),
        pytest.param("0", "off", id="no time at all is no smoothing"),
    ],
)
def test_parse(text, expected):
    assert parse_smoothing(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "s", "on", "-1", "nan", "inf", "1e999", "5ms"),
        *("majority", "majority:", "majority:0", "majority:-5", "majority:2.5", "majority:5s"),
        *("5:majority", "mean:5"),
    ],
)
def test_nonsense_is_named_with_what_to_give(text):
    with pytest.raises(ValueError) as error:
        parse_smoothing(text)
    assert str(error.value) == (
        f"{text!r} is no smoothing; give a time constant in seconds such as 0.5, a vote of the "
        "last frames such as majority:5, or off"
    )


def test_the_first_frame_counts_whole():
    # A mean that began at 0 would call the first seconds unknown.
    assert update_all(Exponential(1.0), [(7.0, (0.75, 0.25))])[0].tolist() == [0.75, 0.25]


def test_a_mean_over_irregular_times():
    frames = [
        (10.0, (1, 0)),
        (10.0 + HALF_LIFE_S, (0, 1)),  # half of (1, 0) and half of (0, 1)
        (10.0 + 3 * HALF_LIFE_S, (0, 1)),  # two half-lives: a quarter of (.5, .5), 3/4 of (0, 1)
        (10.0 + 3 * HALF_LIFE_S, (1, 0)),  # no time passed: no weight
        (10.0 + 4 * HALF_LIFE_S, (0.5, 0.5)),  # half of (.125, .875), half of (.5, .5)
    ]
    expected = [(1, 0), (0.5, 0.5), (0.125, 0.875), (0.125, 0.875), (0.3125, 0.6875)]
    for smoothed, wanted in zip(update_all(Exponential(1.0), frames), expected, strict=True):
        assert smoothed == pytest.approx(wanted, abs=1e-6)


def test_a_time_constant_is_seconds():
    # After one time constant 1/e of the past is left.
    smoothed = update_all(Exponential(0.2), [(0.0, (1, 0)), (0.2, (0, 1))])[-1]
    assert smoothed == pytest.approx([0.36788, 0.63212], abs=1e-5)


def test_twice_as_many_frames_smooth_no_more():
    slow = update_all(Exponential(1.0), [(0.0, (1, 0)), (0.4, (0, 1))])[-1]
    fast = update_all(Exponential(1.0), [(0.0, (1, 0)), (0.2, (0, 1)), (0.4, (0, 1))])[-1]
    assert fast == pytest.approx(slow, abs=1e-6)


def test_a_night_without_frames_leaves_nothing_of_the_past():
    smoothed = update_all(Exponential(0.5), [(0.0, (1, 0)), (40000.0, (0, 1))])[-1]
    assert smoothed.tolist() == [0, 1]


def test_the_mean_does_not_share_memory_with_the_first_frame():
    smoother = start_smoothing(Exponential(1.0), 0.0)
    first = np.array([1, 0], np.float32)
    smoother.update(first, 0.0)
    first[:] = 9
    smoothed = smoother.update(np.array([0, 1], np.float32), HALF_LIFE_S)
    assert smoothed == pytest.approx([0.5, 0.5])


def test_votes_are_shares_of_the_last_frames():
    sure_a, sure_b = (0.9, 0.1), (0.1, 0.9)
    frames = [(float(i), scores) for i, scores in enumerate([sure_a, sure_a, sure_b, sure_b])]
    shares = update_all(Majority(3), frames)
    # A; A A; A A B; the first A has gone: A B B
    expected = [(1, 0), (1, 0), (2 / 3, 1 / 3), (1 / 3, 2 / 3)]
    for share, wanted in zip(shares, expected, strict=True):
        assert share == pytest.approx(wanted)


@pytest.mark.parametrize(
    "scores, threshold, expected",
    [
        pytest.param((0.6, 0.4), 0.7, (0.5, 0), id="an unsure frame votes for none, but counts"),
        pytest.param((0.3, 0.7), 0.7, (0.5, 0.5), id="0.7 reaches 0.7, though less in float32"),
        pytest.param((0.5, 0.5), 0.5, (1, 0), id="a tie is the lower class'"),
    ],
)
def test_what_earns_a_vote(scores, threshold, expected):
    shares = update_all(Majority(5), [(0.0, (0.95, 0.05)), (1.0, scores)], threshold)[-1]
    assert shares == pytest.approx(expected)


def test_off_leaves_each_frame_as_it_is():
    frames = [(0.0, (1, 0)), (0.1, (0.25, 0.75))]
    assert [s.tolist() for s in update_all("off", frames)] == [[1, 0], [0.25, 0.75]]
