from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from deploy.emulator import camera_checks
from deploy.emulator.camera_checks import (
    Check,
    Format,
    app_format,
    driver_format,
    judge,
    read_facts,
    table,
)
from deploy.emulator.camera_plan import DECISIONS, FACT, FRAMES, REPLUGS, SIZES
from deploy.emulator.guest import REPOSITORY
from edge.errors import DataError

DRIVER = """\
Format Video Capture:
\tWidth/Height      : {0}/{1}
\tPixel Format      : 'YUYV' (YUYV 4:2:2)
\tField             : None
Streaming Parameters Video Capture:
\tCapabilities     : timeperframe
\tFrames per second: 29.970 (30000/1001)
"""
WARNING = "warning: /dev/video0: gives {0}x{1} YUYV at 30 frames/s, not MJPG; uncompressed ..."


def look(asked: tuple[int, int], given: tuple[int, int]) -> dict[str, Any]:
    return {
        "seconds": 9.0,
        "asked": list(asked),
        "messages": WARNING.format(*given)
        + "\n/dev/video0: {}x{} YUYV at 30 frames/s".format(*given),
        "driver": DRIVER.format(*given),
        "decisions": DECISIONS,
        "first_label_s": 3.0,
        "fps": 20.0,
        "age_p50_ms": 60.0,
        "age_max_ms": 90.0,
        "code": 0,
    }


def replugged(how: str, memory_mb: float) -> dict[str, Any]:
    return {
        "step": "replug",
        "seconds": 9.0,
        "how": how,
        "fault": "lost",
        "noticed_s": 0.2,
        "label_s": 1.5,
        "attempts": 4,
        "open": ["/dev/video1" if how == "renumber" else "/dev/video0"],
        "usage": {
            "memory_mb": memory_mb,
            "peak_mb": 110.0,
            "own_mb": 40.0,
            "descriptors": 9,
            "threads": 5,
        },
    }


@pytest.fixture
def facts() -> list[dict[str, Any]]:
    """What a machine tells in which everything went well."""
    pictures = sorted((REPOSITORY / FRAMES).glob("*.jpg"))
    before = replugged("before", 90.0)
    return [
        {"step": "machine", "seconds": 3.0, "kernel": "6.1.0-1-arm64", "python": "3.11.2",
         "up_s": 12.0, "nodes": ["/dev/video0"]},
        {"step": "doctor", "seconds": 20.0, "code": 0,
         "output": "ok       /dev/video0            vivid: YUYV 640x480\n"},
        {"step": "frames", **look((640, 480), (640, 480))},
        before,
        *(replugged(how, 91.0) for how in REPLUGS),
        {"step": "replug", "seconds": 1.0, "how": "end", "code": 0, "end_s": 0.4},
        {"step": "sizes", **look((640, 360), (640, 360))},
        {"step": "sizes", **look((320, 180), (320, 180))},
        {"step": "sizes", **look((333, 222), (320, 180))},
        *({"step": "pictures", "seconds": 2.0, "picture": path.name, "decisions": 5,
           "label": path.stem.partition("_")[2]} for path in pictures),
    ]  # fmt: skip


def failed(facts: list[dict[str, Any]]) -> list[Check]:
    return [check for check in judge(facts) if not check.passed]


def of(facts: list[dict[str, Any]], step: str, **fields: Any) -> dict[str, Any]:
    """The first fact of ``step`` with these fields."""
    return next(fact for fact in facts if fact["step"] == step and fields.items() <= fact.items())


def test_all_is_well(facts):
    checks = judge(facts)
    assert [check.name for check in checks if not check.passed] == []
    # Device, doctor, decisions; each format; each replug; memory, end, pictures.
    assert len(checks) == 3 + 1 + len(SIZES) + len(REPLUGS) + 3


def test_a_trial_that_did_nothing_fails_in_everything():
    checks = judge([])
    assert checks and not any(check.passed for check in checks)


def test_each_step_that_is_missing_fails(facts):
    for step in ("machine", "doctor", "frames", "replug", "sizes", "pictures"):
        assert failed([fact for fact in facts if fact["step"] != step]), step


def test_only_the_steps_that_were_asked_for_are_judged(facts):
    chosen = [fact for fact in facts if fact["step"] in ("machine", "doctor")]
    checks = judge(chosen, ["doctor"])
    assert [check.passed for check in checks] == [True, True]


def test_an_error_of_a_step_is_told(facts):
    facts = [fact for fact in facts if fact["step"] != "sizes"]
    facts.append({"step": "sizes", "seconds": 5.0, "error": "edge.camera: ended"})
    assert "edge.camera: ended" in [check.detail for check in failed(facts)]


@pytest.mark.parametrize(
    "step, fields, change",
    [
        ("machine", {}, {"nodes": ["/dev/video1"]}),
        ("doctor", {}, {"code": 1}),
        ("doctor", {}, {"output": "warning  cameras  none\n"}),
        ("frames", {}, {"decisions": DECISIONS - 1}),
        ("frames", {}, {"code": 1}),
        ("frames", {}, {"age_p50_ms": 6000.0}),
        ("frames", {}, {"age_p50_ms": -1.0}),
        ("frames", {}, {"driver": DRIVER.format(640, 360)}),
        ("frames", {}, {"driver": DRIVER.format(640, 480).replace("29.970", "25.000")}),
        ("frames", {}, {"messages": "/dev/video0: 640x480 YUYV at 30 frames/s"}),
        ("frames", {}, {"messages": ""}),
        ("replug", {"how": "unbind"}, {"fault": "stalled"}),
        ("replug", {"how": "unbind"}, {"noticed_s": 31.0}),
        ("replug", {"how": "module"}, {"label_s": 61.0}),
        ("replug", {"how": "renumber"}, {"open": ["/dev/video0"]}),
        ("replug", {"how": "module"}, {"open": []}),
        ("replug", {"how": "end"}, {"code": 134}),
        ("sizes", {"asked": [640, 360]}, {"decisions": 0}),
        ("pictures", {"picture": "05_cat.jpg"}, {"label": "dog"}),
        ("pictures", {"picture": "05_cat.jpg"}, {"label": None}),
    ],
)
def test_one_wrong_fact_fails(facts, step, fields, change):
    of(facts, step, **fields).update(change)
    assert failed(facts)


@pytest.mark.parametrize("grown", [{"own_mb": 44.5}, {"descriptors": 10}, {"threads": 6}])
def test_what_has_grown_after_the_last_replug_fails(facts, grown):
    last = [fact for fact in facts if fact.get("how") in REPLUGS][-1]
    last["usage"].update(grown)
    assert [check.name for check in failed(facts)] == ["memory"]


def test_a_replug_less_is_missed(facts):
    facts.remove([fact for fact in facts if fact.get("how") in REPLUGS][-1])
    assert [check.detail for check in failed(facts)] == ["was not done"]


def test_facts_are_found_among_other_lines():
    lines = ["[    1.0] random kernel line", FACT + json.dumps({"step": "doctor"}), "== frames"]
    assert read_facts(lines) == [{"step": "doctor"}]


def test_a_damaged_fact_is_an_error():
    with pytest.raises(DataError, match="damaged fact"):
        read_facts([FACT + '{"step": "doc[   12.3] cut by the kernel', "== frames"])


def test_a_machine_that_is_ended_may_leave_a_fact_cut():
    lines = [FACT + '{"step": "doctor"}', FACT + '{"step": "fra']
    assert read_facts(lines) == [{"step": "doctor"}]


@pytest.mark.parametrize(
    "messages, expected",
    [
        ("/dev/video0: 640x480 YUYV at 29.9 frames/s", Format(640, 480, "YUYV", 29.9)),
        (WARNING.format(1280, 720), Format(1280, 720, "YUYV", 30.0)),
        ("camera 0 (/dev/video0): 640x480 MJPG", Format(640, 480, "MJPG", None)),
        ("warning: something else", None),
    ],
)
def test_app_format(messages, expected):
    assert app_format(messages) == expected


def test_driver_format():
    assert driver_format(DRIVER.format(640, 480)) == Format(640, 480, "YUYV", 29.97)
    without_rate = DRIVER.format(640, 480).partition("Streaming")[0]
    assert driver_format(without_rate) == Format(640, 480, "YUYV", None)
    assert driver_format("VIDIOC_G_FMT: failed: No such device") is None


def test_rates_are_the_same_to_a_hundredth():
    given = Format(640, 480, "YUYV", 30.0)
    assert given.same_as(Format(640, 480, "YUYV", 29.97))
    assert given.same_as(Format(640, 480, "YUYV", None))
    assert not given.same_as(Format(640, 480, "YUYV", 25.0))
    assert not given.same_as(Format(640, 480, "RGB3", 30.0))


def test_the_table_has_a_row_for_each_check():
    rows = table([Check("one", True, "a | b", 1.25), Check("two", False, "c", 0.0)]).splitlines()
    assert rows[2:] == ["| one | pass | a / b | 1.2 |", "| two | FAIL | c | 0.0 |"]


def test_judging_leaves_the_facts_alone(facts):
    before = deepcopy(facts)
    judge(facts)
    assert facts == before
    assert camera_checks.label_of("07_deer.jpg") == "deer"
