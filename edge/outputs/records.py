"""The JSON objects that docs/json-lines.md promises."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from edge.capture import SourceChange
from edge.decide import Event
from edge.health import Health
from edge.outputs.output import Decision
from edge.scores import Prediction

Record = dict[str, Any]
ToUtc = Callable[[float], datetime]  # from seconds of time.monotonic()

_SCORE_DIGITS = 4
_MS_DIGITS = 3
_SECONDS_DIGITS = 3


def to_utc(monotonic_s: float) -> datetime:
    """The moment ``monotonic_s`` of time.monotonic(), as the system's clock counts now.

    Converted when it is written: a board without a battery starts in the past, and its clock is
    set while the app runs.
    """
    return datetime.now(UTC) - timedelta(seconds=time.monotonic() - monotonic_s)


def decision_record(decision: Decision) -> Record:
    """The object of a decision."""
    captured, verdict, stages = decision.captured, decision.verdict, decision.stages
    record = {
        "type": "decision",
        "time": _iso(captured.time),
        "frame": captured.number,
        "label": verdict.label,
        "score": _number(verdict.score, _SCORE_DIGITS),
        "top": [_prediction(prediction) for prediction in verdict.top],
        "frame_age_ms": _number(decision.frame_age_ms, _MS_DIGITS),
        "stages_ms": {
            "preprocess": _number(stages.preprocess_ms, _MS_DIGITS),
            "invoke": _number(stages.invoke_ms, _MS_DIGITS),
            "postprocess": _number(stages.postprocess_ms, _MS_DIGITS),
        },
        "model": decision.model_id,
    }
    if captured.path is not None:
        record["path"] = captured.path
    return record


def event_record(event: Event, to_utc: ToUtc = to_utc) -> Record:
    """The object of a label that came into view, or left it."""
    start = _iso(to_utc(event.start_s))
    score = _number(event.peak_score, _SCORE_DIGITS)
    head = {"type": "event", "event": event.kind}
    if event.end_s is None:
        return {**head, "time": start, "label": event.label, "score": score}
    end = _iso(to_utc(event.end_s))
    return {
        **head,
        "time": end,
        "label": event.label,
        "start": start,
        "end": end,
        "duration_s": _number(event.end_s - event.start_s, _SECONDS_DIGITS),
        "peak_score": score,
    }


def source_record(change: SourceChange, to_utc: ToUtc = to_utc) -> Record:
    """The object of a source's fault, or of its end."""
    record: Record = {
        "type": "source",
        "time": _iso(to_utc(change.monotonic_s)),
        "state": change.state,
        "fault": change.fault,
    }
    if change.state == "fault":
        return {**record, "message": change.message}
    down_s = None if change.down_s is None else _number(change.down_s, _SECONDS_DIGITS)
    return {**record, "down_s": down_s, "attempts": change.attempts}


def health_record(health: Health, time: datetime) -> Record:
    """The object of how the app does; what is unknown is null."""
    values = {
        key: _number(value, _SECONDS_DIGITS) if isinstance(value, float) else value
        for key, value in asdict(health).items()
    }
    values["throttled"] = None if health.throttled is None else list(health.throttled)
    state = "running" if health.fault is None else "fault"
    fault = values.pop("fault")
    return {"type": "health", "time": _iso(time), **values, "state": state, "fault": fault}


def _prediction(prediction: Prediction) -> Record:
    return {"label": prediction.label, "score": _number(prediction.score, _SCORE_DIGITS)}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(value: float, digits: int) -> float | None:
    """``value`` rounded; None, which is JSON's null, where a model gave no number."""
    return round(float(value), digits) if math.isfinite(value) else None
