"""From scores to decisions: arithmetic on arrays and time alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge.scores import Prediction


@dataclass(frozen=True, slots=True)
class Event:
    """A label came into view, or left it."""

    kind: Literal["enter", "leave"]
    label: str
    start_s: float  # time.monotonic() when the label was first decided
    end_s: float | None  # when it was decided for the last time; None for an enter
    peak_score: float  # highest smoothed probability so far, 0.0 to 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided at one moment."""

    label: str | None  # None: unknown, no class is likely enough
    score: float  # smoothed probability of the likeliest allowed class, 0.0 to 1.0
    top: tuple[Prediction, ...]  # calibrated probabilities of this frame alone, best first
    events: tuple[Event, ...]  # what changed with this frame
