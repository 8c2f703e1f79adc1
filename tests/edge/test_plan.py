"""Plans of faults: what is on when, by hand."""

from __future__ import annotations

from itertools import islice

import pytest

from edge.sources.plan import Plan, Step


def test_a_plan_names_kinds_and_seconds() -> None:
    assert Plan.parse("good=5,stall=8.5") == Plan((("good", 5.0), ("stall", 8.5)), repeats=False)
    assert Plan.parse("freeze=1,...") == Plan((("freeze", 1.0),), repeats=True)


@pytest.mark.parametrize(
    "text",
    ["", "...", "good", "good=", "good=0", "good=-1", "good=nan", "good=inf", "bad=1", "good=1,,"],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no kind of fault|no number of seconds|is empty"):
        Plan.parse(text)


@pytest.mark.parametrize(
    ("elapsed_s", "expected"),
    [
        pytest.param(0.0, Step(0, 2, "good"), id="start"),
        pytest.param(1.99, Step(0, 2, "good"), id="just before the end of a step"),
        pytest.param(2.0, Step(2, 5, "error"), id="a step's own start"),
        pytest.param(5.0, None, id="over"),
        pytest.param(99.0, None, id="long over"),
    ],
)
def test_a_plan_without_repetition_ends(elapsed_s: float, expected: Step | None) -> None:
    assert Plan.parse("good=2,error=3").at(elapsed_s) == expected


@pytest.mark.parametrize(
    ("elapsed_s", "expected"),
    [(4.99, Step(2, 5, "error")), (5.0, Step(5, 7, "good")), (13.0, Step(12, 15, "error"))],
)
def test_a_plan_with_repetition_goes_round(elapsed_s: float, expected: Step) -> None:
    assert Plan.parse("good=2,error=3,...").at(elapsed_s) == expected


def test_the_timeline_lists_what_at_says() -> None:
    plan = Plan.parse("good=2,error=3,...")
    steps = list(plan.timeline(until_s=11))
    assert steps == [
        Step(0, 2, "good"),
        Step(2, 5, "error"),
        Step(5, 7, "good"),
        Step(7, 10, "error"),
        Step(10, 12, "good"),
    ]
    assert all(plan.at(step.start_s) == step for step in steps)
    assert len(list(islice(plan.timeline(), 100))) == 100


def test_the_timeline_of_a_plan_that_ends_is_its_steps() -> None:
    assert list(Plan.parse("good=2,error=3").timeline()) == [
        Step(0, 2, "good"),
        Step(2, 5, "error"),
    ]
