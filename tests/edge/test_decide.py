"""edge.decide: what stands after each frame, what is told of it, and what is forgotten."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge.decide import Decider, Event, Policy
from edge.decide.smoothing import Exponential, Majority
from edge.errors import UsageError

LABELS = ("cat", "dog", "ship")
CAT, DOG, NOTHING = (0.75, 0.25, 0.0), (0.25, 0.75, 0.0), (0.375, 0.375, 0.25)
HALF_LIFE_S = math.log(2)  # with a time constant of 1 s a mean moves half-way in this time


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def decider(**policy) -> Decider:
    return Decider(LABELS, Policy(**{"threshold": 0.5, **policy}))


def decide_all(subject: Decider, frames, start_s=10.0):
    """The verdicts on ``frames``, one a second."""
    return [subject.decide(scores(*f), start_s + i) for i, f in enumerate(frames)]


def test_one_frame_without_memory():
    verdict = decider(top_k=2).decide(scores(0.125, 0.25, 0.625), 10.0)
    assert (verdict.label, verdict.score) == ("ship", 0.625)
    assert verdict.top == (("ship", 0.625), ("dog", 0.25))
    assert verdict.events == (Event("enter", "ship", 10.0, None, 0.625),)


@pytest.mark.parametrize(
    "threshold, label",
    [pytest.param(0.5, "cat", id="reached"), pytest.param(0.5002, None, id="missed")],
)
def test_unknown_below_the_threshold(threshold, label):
    verdict = decider(threshold=threshold).decide(scores(0.5, 0.25, 0.25), 0.0)
    assert verdict.label == label
    assert verdict.score == 0.5  # of the likeliest, where none is decided


def test_unknown_has_no_events():
    verdicts = decide_all(decider(), [NOTHING, NOTHING])
    assert [v.events for v in verdicts] == [(), ()]


def test_the_threshold_is_for_calibrated_scores():
    # 0.64 : 0.36 is 0.8 : 0.6 after the root, 4/7 : 3/7, and 16/9 : 1 after the square.
    frame = scores(0.64, 0.36, 0.0)
    assert decider(temperature=2.0, threshold=0.6).decide(frame, 0.0).label is None
    verdict = decider(temperature=0.5, threshold=0.7).decide(frame, 0.0)
    # 0.4096 : 0.1296 : (1/512)^2
    assert (verdict.label, verdict.score) == ("cat", pytest.approx(0.75963, abs=1e-5))
    assert verdict.top[0] == ("cat", verdict.score)


def test_the_label_is_smoothed_and_the_top_is_not():
    subject = decider(smoothing=Exponential(1.0))
    subject.decide(scores(0.75, 0.25, 0.0), 5.0)
    verdict = subject.decide(scores(0.5, 0.25, 0.25), 5.0 + HALF_LIFE_S)
    # Half-way from 0.75 to 0.5.
    assert (verdict.label, verdict.score) == ("cat", pytest.approx(0.625))
    assert verdict.top == (("cat", 0.5), ("dog", 0.25), ("ship", 0.25))


def test_the_score_is_that_of_the_label_not_of_a_better_one():
    subject = decider(threshold=0.25)
    subject.decide(scores(0.5, 0.25, 0.25), 0.0)
    verdict = subject.decide(scores(0.375, 0.4375, 0.1875), 1.0)
    assert (verdict.label, verdict.score) == ("cat", 0.375)  # dog is above it by less than 0.1


def test_a_label_swap_leaves_then_enters():
    first, second, third = decide_all(decider(), [CAT, (0.625, 0.375, 0), (0.0, 1.0, 0.0)])
    assert first.events == (Event("enter", "cat", 10.0, None, 0.75),)
    assert second.events == ()
    assert third.events == (
        Event("leave", "cat", 10.0, 11.0, 0.75),
        Event("enter", "dog", 12.0, None, 1.0),
    )


def test_the_peak_is_the_highest_of_the_stay():
    frames = [(0.5, 0.25, 0.25), (0.875, 0.0, 0.125), (0.75, 0.25, 0.0), NOTHING]
    assert decide_all(decider(), frames)[-1].events == (Event("leave", "cat", 10.0, 12.0, 0.875),)


def test_the_peak_is_of_smoothed_scores_and_starts_anew():
    subject = decider(smoothing=Exponential(1.0))
    step = HALF_LIFE_S
    frames = [(1, 0, 0), (0, 1, 0), (0, 1, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)]
    verdicts = [subject.decide(scores(*frame), i * step) for i, frame in enumerate(frames)]
    # cat: 1, .5, .25, .625, .8125, .90625; dog is 1 minus that. cat is kept at .5 : .5.
    assert [v.label for v in verdicts] == ["cat", "cat", "dog", "cat", "cat", "cat"]
    assert subject.reset() == (Event("leave", "cat", 3 * step, 5 * step, pytest.approx(0.90625)),)


def test_unknown_between_two_labels_parts_their_events():
    events = [v.events for v in decide_all(decider(), [CAT, NOTHING, NOTHING, DOG])]
    assert events == [
        (Event("enter", "cat", 10.0, None, 0.75),),
        (Event("leave", "cat", 10.0, 10.0, 0.75),),
        (),
        (Event("enter", "dog", 13.0, None, 0.75),),
    ]


def test_a_label_that_comes_back_enters_again():
    events = [v.events for v in decide_all(decider(), [CAT, NOTHING, CAT])]
    assert events[-1] == (Event("enter", "cat", 12.0, None, 0.75),)


def test_a_label_around_the_threshold_does_not_flicker():
    # 0.45 is below 0.5, but not below 0.5 - 0.1.
    wavering = [(0.55, 0.2, 0.25), (0.45, 0.3, 0.25)] * 3
    assert [v.label for v in decide_all(decider(), wavering)] == ["cat"] * 6
    assert [v.label for v in decide_all(decider(margin=0.0), wavering)] == ["cat", None] * 3


def test_one_odd_frame_changes_nothing_where_frames_are_smoothed():
    subject = decider(smoothing=Exponential(0.5))
    times_s = [0.0, 0.1, 0.2, 0.3]
    # The odd frame weighs 1 - exp(-0.1 / 0.5) = 0.18: cat falls from 0.75 to 0.66.
    labels = [
        subject.decide(scores(*f), t).label
        for f, t in zip([CAT, DOG, CAT, CAT], times_s, strict=True)
    ]
    assert labels == ["cat"] * 4


@pytest.mark.parametrize(
    "times_s, end_s",
    [
        pytest.param((10.0, 10.0, 10.0 + HALF_LIFE_S), 10.0 + HALF_LIFE_S, id="equal"),
        pytest.param((10.0, 9.0, 10.0 + HALF_LIFE_S), 10.0 + HALF_LIFE_S, id="back, then on"),
        pytest.param((10.0, 10.0 + HALF_LIFE_S, 9.0), 10.0 + HALF_LIFE_S, id="back at the end"),
    ],
)
def test_time_that_does_not_rise_stands_still(times_s, end_s):
    subject = decider(smoothing=Exponential(1.0))
    shown = [subject.decide(scores(*f), t) for f, t in zip([CAT, DOG, DOG], times_s, strict=True)]
    # One half-life passes, however the frames lie in it: half-way from 0.75 to 0.25.
    assert shown[-1].score == pytest.approx(0.5)
    assert all(math.isfinite(verdict.score) for verdict in shown)
    assert subject.reset() == (Event("leave", "cat", 10.0, end_s, 0.75),)


def test_reset_ends_what_stands_when_it_was_last_decided():
    subject = decider()
    decide_all(subject, [CAT, CAT, CAT])
    assert subject.reset() == (Event("leave", "cat", 10.0, 12.0, 0.75),)
    assert subject.reset() == ()  # told once


def test_reset_without_a_frame_or_a_label_tells_nothing():
    subject = decider()
    assert subject.reset() == ()
    subject.decide(scores(*NOTHING), 0.0)
    assert subject.reset() == ()


@pytest.mark.parametrize("smoothing", [Exponential(1000.0), Majority(9)])
def test_nothing_bridges_a_reset(smoothing):
    subject = decider(smoothing=smoothing)
    decide_all(subject, [CAT, CAT, CAT])
    subject.reset()
    # Older than the frames before: a camera that is plugged in again may count anew.
    verdict = subject.decide(scores(*DOG), 1.0)
    assert verdict.label == "dog"
    assert verdict.events == (Event("enter", "dog", 1.0, None, verdict.score),)
    assert verdict.score == (1.0 if isinstance(smoothing, Majority) else 0.75)


def test_a_majority_decides_at_half_of_the_votes_whatever_the_threshold():
    subject = decider(threshold=0.7, smoothing=Majority(4))
    verdicts = decide_all(subject, [NOTHING, NOTHING, CAT, CAT])
    # An unsure frame has no vote: 0/1, 0/2, 1/3, 2/4.
    assert [v.label for v in verdicts] == [None, None, None, "cat"]
    assert [v.score for v in verdicts] == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert verdicts[-1].top[0] == ("cat", 0.75)


def test_labels_that_alternate_do_not_swap_a_majority():
    verdicts = decide_all(decider(smoothing=Majority(5)), [CAT, DOG] * 5)
    assert {v.label for v in verdicts} == {"cat"}
    # At the end dog has 3 votes of 5, one more than cat.
    assert verdicts[-1].score == pytest.approx(0.4)


def test_a_majority_swaps_for_good():
    verdicts = decide_all(decider(smoothing=Majority(5)), [CAT] * 5 + [DOG] * 5)
    # dog : cat is 1:4, 2:3, 3:2 (one vote more is not enough), 4:1, 5:0.
    assert [v.label for v in verdicts[5:]] == ["cat", "cat", "cat", "dog", "dog"]


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_majority_of_few_frames_ends(frames):
    verdicts = decide_all(decider(smoothing=Majority(frames)), [CAT] * 3 + [NOTHING] * 3)
    assert [v.label for v in verdicts][-1] is None


def test_a_denied_label_is_left_out_and_the_others_keep_their_scores():
    verdict = decider(deny=("cat",)).decide(scores(0.7, 0.2, 0.1), 0.0)
    assert verdict.label is None  # not dog, which renormalisation would call 0.67
    assert verdict.score == pytest.approx(0.2)
    assert verdict.top == (("dog", pytest.approx(0.2)), ("ship", pytest.approx(0.1)))


def test_an_allowed_label_keeps_its_name():
    subject = decider(allow=("ship", "cat"), temperature=2.0)
    verdict = subject.decide(scores(0.01, 0.09, 0.64), 0.0)
    # sqrt: 0.1 : 0.3 : 0.8; dog is left out after calibration, so ship is 0.8 / 1.2.
    assert (verdict.label, verdict.score) == ("ship", pytest.approx(2 / 3))
    assert [p.label for p in verdict.top] == ["ship", "cat"]
    assert subject.reset()[0].label == "ship"


def test_a_list_with_an_unknown_name_is_refused():
    with pytest.raises(UsageError, match=r"^--deny 'shp': .* 'ship'"):
        decider(deny=("shp",))


def test_pictures_are_judged_alone():
    verdicts = decide_all(decider(alone=True), [CAT, (0.45, 0.55, 0), (0.45, 0.3, 0.25)])
    # With memory cat would stay in the second: 0.55 is above 0.45 by just the margin.
    assert [v.label for v in verdicts] == ["cat", "dog", None]
    assert all(v.events == () for v in verdicts)


def test_pictures_leave_no_event_at_the_end():
    subject = decider(alone=True)
    decide_all(subject, [CAT])
    assert subject.reset() == ()


@pytest.mark.parametrize(
    "policy",
    [
        {"temperature": 0.0},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"threshold": -0.1},
        {"threshold": 1.1},
        {"threshold": math.nan},
        {"margin": -0.1},
        {"margin": 1.1},
        pytest.param({"alone": True, "smoothing": Majority(5)}, id="alone, but smoothed"),
    ],
    ids=str,
)
def test_a_policy_that_cannot_be(policy):
    with pytest.raises(ValueError):
        Policy(**policy)


@pytest.mark.parametrize("smoothing", [Exponential(0.5), Majority(3), "off"])
@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_the_scores_of_the_classifier_are_not_written_to(smoothing, temperature):
    subject = decider(smoothing=smoothing, temperature=temperature)
    frames = [scores(*CAT), scores(*DOG), scores(*NOTHING)]
    for i, frame in enumerate(frames):
        subject.decide(frame, float(i))
    assert [frame.tolist() for frame in frames] == [list(f) for f in (CAT, DOG, NOTHING)]
