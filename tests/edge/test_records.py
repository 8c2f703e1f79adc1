"""The JSON objects: exactly what docs/json-lines.md says."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.capture import SourceChange
from edge.decide import Event, Verdict
from edge.health import Health
from edge.outputs.records import (
    decision_record,
    event_record,
    health_record,
    source_record,
    to_utc,
)
from edge.scores import Prediction
from tests.edge.material import decision

PAGE = Path(__file__).parents[2] / "docs" / "json-lines.md"
MOMENT = datetime(2026, 3, 1, 12, 30, 45, 678_912, tzinfo=UTC)

ENTER = Event("enter", "dog", start_s=100.0, end_s=None, peak_score=0.91239)
LEAVE = Event("leave", "dog", start_s=100.0, end_s=104.25, peak_score=0.98)


FAULT = SourceChange("fault", "stalled", "camera 0: no frame for 5 s; trying again", 100.0)
RECOVERED = SourceChange("recovered", "stalled", "camera 0: frames again", 103.2, 3.2004, 4)
HEALTH = Health(
    uptime_s=3600.123456,
    frames=108_000,
    fps=29.97,
    frame_age_p50_ms=12.5,
    frame_age_p99_ms=31.0,
    dropped=12,
    damaged=0,
    reconnects=1,
    lost_output=0,
    temperature_c=61.2,
    clock_mhz=1500,
    throttled=("soft temperature limit now",),
    under_voltage=False,
    memory_mb=84.2,
    fault=None,
)


def clock(monotonic_s: float) -> datetime:
    """A clock on which second 100 is MOMENT."""
    return MOMENT + timedelta(seconds=monotonic_s - 100)


def records() -> dict[str, dict[str, Any]]:
    """One object of each kind."""
    return {
        "decision": decision_record(decision()),
        "picture": decision_record(decision(path="photos/cat.jpg")),
        "enter": event_record(ENTER, clock),
        "leave": event_record(LEAVE, clock),
        "fault": source_record(FAULT, clock),
        "recovered": source_record(RECOVERED, clock),
        "health": health_record(HEALTH, MOMENT),
    }


def test_a_decision() -> None:
    original = decision("cat", 0.87654321, number=7)
    shown = original._replace(
        captured=replace(original.captured, time=MOMENT),
        verdict=original.verdict._replace(label="dog", score=0.51239),
    )
    assert decision_record(shown) == {
        "type": "decision",
        "time": "2026-03-01T12:30:45.678Z",
        "frame": 7,
        "label": "dog",
        "score": 0.5124,
        "top": [{"label": "cat", "score": 0.8765}, {"label": "other", "score": 0.1235}],
        "frame_age_ms": 4.25,
        "stages_ms": {"preprocess": 1.0, "invoke": 2.0, "postprocess": 0.5},
        "model": "0123456789ab",
    }


def test_a_picture_has_its_path() -> None:
    assert decision_record(decision(path="photos/cat.jpg"))["path"] == "photos/cat.jpg"


def test_unknown_is_null() -> None:
    unknown = decision()._replace(verdict=Verdict(None, 0.3, (), events=()))
    assert decision_record(unknown)["label"] is None


def test_a_score_that_is_no_number_is_null() -> None:
    nan = float("nan")
    damaged = decision()._replace(verdict=Verdict("cat", nan, (Prediction("cat", nan),), ()))
    record = decision_record(damaged)
    assert record["score"] is None
    assert record["top"] == [{"label": "cat", "score": None}]


def test_events() -> None:
    assert event_record(ENTER, clock) == {
        "type": "event",
        "event": "enter",
        "time": "2026-03-01T12:30:45.678Z",
        "label": "dog",
        "score": 0.9124,
    }
    assert event_record(LEAVE, clock) == {
        "type": "event",
        "event": "leave",
        "time": "2026-03-01T12:30:49.928Z",
        "label": "dog",
        "start": "2026-03-01T12:30:45.678Z",
        "end": "2026-03-01T12:30:49.928Z",
        "duration_s": 4.25,
        "peak_score": 0.98,
    }


def test_changes_of_the_source() -> None:
    assert source_record(FAULT, clock) == {
        "type": "source",
        "time": "2026-03-01T12:30:45.678Z",
        "state": "fault",
        "fault": "stalled",
        "message": "camera 0: no frame for 5 s; trying again",
    }
    assert source_record(RECOVERED, clock) == {
        "type": "source",
        "time": "2026-03-01T12:30:48.878Z",
        "state": "recovered",
        "fault": "stalled",
        "down_s": 3.2,
        "attempts": 4,
    }


def test_health() -> None:
    assert health_record(HEALTH, MOMENT) == {
        "type": "health",
        "time": "2026-03-01T12:30:45.678Z",
        "uptime_s": 3600.123,
        "frames": 108_000,
        "fps": 29.97,
        "frame_age_p50_ms": 12.5,
        "frame_age_p99_ms": 31.0,
        "dropped": 12,
        "damaged": 0,
        "reconnects": 1,
        "lost_output": 0,
        "temperature_c": 61.2,
        "clock_mhz": 1500,
        "throttled": ["soft temperature limit now"],
        "under_voltage": False,
        "memory_mb": 84.2,
        "fault": None,
        "state": "running",
    }


def test_what_health_does_not_know_is_null() -> None:
    unknown = replace(HEALTH, frame_age_p50_ms=None, throttled=None, fault="lost")
    record = health_record(unknown, MOMENT)
    assert record["frame_age_p50_ms"] is record["throttled"] is None
    assert (record["state"], record["fault"]) == ("fault", "lost")


def test_a_moment_is_converted_with_the_clocks_of_now() -> None:
    ago = to_utc(time.monotonic() - 60)
    assert abs(datetime.now(UTC) - timedelta(seconds=60) - ago) < timedelta(seconds=1)


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each example line of the page, under its name in ``records``."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith('{"type"'):
            example = json.loads(line)
            kind = example["type"]
            kind = "picture" if "path" in example else kind
            yield (
                example.get("event") or example.get("state" if kind == "source" else "") or kind,
                (example),
            )


def test_the_page_shows_each_object_as_the_code_makes_it() -> None:
    shown, made = dict(examples()), records()
    assert shown.keys() == made.keys()
    for kind, example in shown.items():
        assert list(example) == list(made[kind]), kind
        for key, value in example.items():
            assert type(value) is type(made[kind][key]), (kind, key)
            if isinstance(value, dict):
                assert value.keys() == made[kind][key].keys()


@pytest.mark.parametrize(
    ("heading", "kinds"),
    [
        ("A decision", ("decision", "picture")),
        ("An event", ("enter", "leave")),
        ("The source", ("fault", "recovered")),
        ("Health", ("health",)),
    ],
)
def test_the_page_explains_each_key_and_no_other(heading: str, kinds: tuple[str, ...]) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    explained = set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))
    made: set[str] = set()
    for kind in kinds:
        for key, value in records()[kind].items():
            made |= {f"{key}.{part}" for part in value} if isinstance(value, dict) else {key}
    made |= {"top[].label", "top[].score"} if "top" in made else set()
    assert explained == made


def test_a_file_name_that_is_no_unicode_reads_back() -> None:
    path = os.fsdecode(b"photos/\xff.jpg")
    line = json.dumps(decision_record(decision(path=path)))
    assert os.fsencode(json.loads(line)["path"]) == b"photos/\xff.jpg"
