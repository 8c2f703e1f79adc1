"""From scores to decisions: arithmetic on arrays and time alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from edge.decide.allowed import allowed_classes
from edge.decide.hysteresis import Hysteresis
from edge.decide.smoothing import Majority, Smoothing, start_smoothing
from edge.scores import Prediction, Scores, calibrate, top_k

_HALF = 0.5  # of the votes: what makes a majority


class Event(NamedTuple):
    """A label came into view, or left it."""

    kind: Literal["enter", "leave"]
    label: str
    start_s: float  # time.monotonic() when the label was first decided
    end_s: float | None  # when it was decided for the last time; None for an enter
    peak_score: float  # highest smoothed score so far, 0.0 to 1.0


class Verdict(NamedTuple):
    """What is decided at one moment.

    A smoothed score is a probability, or with ``Majority`` a share of votes.
    """

    label: str | None  # None: unknown, no class is likely enough
    score: float  # smoothed score of the label; of the best allowed class where it is None
    top: tuple[Prediction, ...]  # calibrated probabilities of this frame alone, best first
    events: tuple[Event, ...]  # what changed with this frame


@dataclass(frozen=True)
class Policy:
    """How scores become decisions.

    Classes that are not allowed are left out: they are neither decided nor among the best, and the
    others keep their probabilities, which then sum to less than 1. So a frame that shows a denied
    class stays below a threshold, and is not taken for the class that comes second.
    """

    temperature: float = 1.0  # the card's; 1 leaves the scores as they are
    threshold: float = 0.0  # a best score below it is unknown, 0.0 to 1.0
    smoothing: Smoothing = "off"
    margin: float = 0.1  # of hysteresis, 0.0 to 1.0
    allow: tuple[str, ...] | None = None  # labels that may be decided; None: all
    deny: tuple[str, ...] = ()  # labels that may not, even when allowed
    top_k: int = 3  # predictions in a verdict
    alone: bool = False  # each frame by itself, as pictures are: no hysteresis, no events

    def __post_init__(self) -> None:
        """Raises ValueError for numbers out of range and for smoothing of frames judged alone."""
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature {self.temperature} is no number above 0")
        if not (0 <= self.threshold <= 1 and 0 <= self.margin <= 1):
            raise ValueError(f"threshold {self.threshold}, margin {self.margin}: not 0 to 1")
        if self.alone and self.smoothing != "off":
            raise ValueError("frames that are judged alone are not smoothed")

    @property
    def hysteresis(self) -> Hysteresis:
        """The rule for smoothed scores.

        Votes have been held to ``threshold`` one by one, so their shares must reach a half instead,
        and one vote alone swaps no label: two that alternate would swap with every frame.
        """
        if isinstance(self.smoothing, Majority):
            return Hysteresis(_HALF, max(self.margin, 1 / self.smoothing.frames))
        return Hysteresis(self.threshold, self.margin)


class Decider:
    """Decisions over the frames of one source, in their order."""

    def __init__(self, labels: tuple[str, ...], policy: Policy) -> None:
        """Raises UsageError for lists that name labels the model has not, or leave none."""
        allowed = allowed_classes(labels, policy.allow, policy.deny)
        self._policy = policy
        self._hysteresis = policy.hysteresis
        self._labels = tuple(labels[class_id] for class_id in allowed)
        self._allowed = None if len(allowed) == len(labels) else np.array(allowed)
        self._forget()

    def _forget(self) -> None:
        self._smoother = start_smoothing(self._policy.smoothing, self._policy.threshold)
        self._time_s = -math.inf
        self._stay: _Stay | None = None

    def decide(self, scores: Scores, time_s: float) -> Verdict:
        """The verdict on a frame with ``scores`` (classes,), captured at ``time_s`` seconds.

        Time is a monotonic clock's; a frame that is older than the one before it counts as equally
        old.
        """
        self._time_s = max(time_s, self._time_s)
        calibrated = calibrate(scores, self._policy.temperature)
        if self._allowed is not None:
            calibrated = calibrated[self._allowed]
        top = top_k(calibrated, self._labels, self._policy.top_k)
        smoothed = self._smoother.update(calibrated, self._time_s)
        class_id = self._hysteresis.next(smoothed, self._stay.class_id if self._stay else None)
        score = float(smoothed.max() if class_id is None else smoothed[class_id])
        label = None if class_id is None else self._labels[class_id]
        return Verdict(label, score, top, self._follow(class_id, score))

    def reset(self) -> tuple[Event, ...]:
        """Forget all frames, at the end of a run and where an outage parts it.

        What stands leaves, with the time at which it was last decided.
        """
        events = self._follow(None, 0.0)
        self._forget()
        return events

    def _follow(self, class_id: int | None, score: float) -> tuple[Event, ...]:
        """What changes when ``class_id`` stands now, with this smoothed score."""
        stay, now_s = self._stay, self._time_s
        if self._policy.alone or (stay is None and class_id is None):
            return ()
        if stay is not None and stay.class_id == class_id:
            stay.end_s, stay.peak_score = now_s, max(stay.peak_score, score)
            return ()
        events = []
        if stay is not None:
            label = self._labels[stay.class_id]
            events.append(Event("leave", label, stay.start_s, stay.end_s, stay.peak_score))
        self._stay = None
        if class_id is not None:
            self._stay = _Stay(class_id, now_s, now_s, score)
            events.append(Event("enter", self._labels[class_id], now_s, None, score))
        return tuple(events)


@dataclass(slots=True)
class _Stay:
    """The class that stands, an index of the allowed labels."""

    class_id: int
    start_s: float  # first decided
    end_s: float  # last decided
    peak_score: float
