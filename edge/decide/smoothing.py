"""Scores smoothed over the frames of a camera, by time or by votes."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from edge.scores import ROUNDING, Scores


@dataclass(frozen=True, slots=True)
class Exponential:
    """A mean in which a frame's weight falls to 37 % within the time constant."""

    time_constant_s: float  # seconds, above 0


@dataclass(frozen=True, slots=True)
class Majority:
    """A vote of the last frames."""

    frames: int  # at least 1


Smoothing = Exponential | Majority | Literal["off"]

LIVE_SMOOTHING = Exponential(0.5)  # long enough to outvote one bad frame, too short to be noticed


def parse_smoothing(text: str) -> Smoothing:
    """What ``--smooth`` means: ``0.5`` or ``0.5s``, ``majority:5``, ``off`` or ``0``.

    Raises ValueError for anything else.
    """
    try:
        if text == "off":
            return "off"
        name, colon, count = text.partition(":")
        if colon and name == "majority" and int(count) > 0:
            return Majority(int(count))
        seconds = float(text.removesuffix("s"))
        if 0 <= seconds < math.inf:
            return Exponential(seconds) if seconds else "off"
    except ValueError:
        pass  # the same answer as for a number out of range
    raise ValueError(
        f"{text!r} is no smoothing; give a time constant in seconds such as 0.5, a vote of the "
        "last frames such as majority:5, or off"
    )


class Smoother(Protocol):
    """Takes the calibrated scores of one frame after another."""

    def update(self, scores: Scores, time_s: float) -> Scores:
        """Smoothed scores, same shape, after a frame at ``time_s``, which never falls."""


class ExponentialMean:
    """Exponential smoothing of frames that come at any times.

    A frame that comes ``d`` seconds after the one before it weighs ``1 - exp(-d / time constant)``,
    all before it share the rest (A. Eckner, "Algorithms for Unevenly Spaced Time Series: Moving
    Averages and Other Rolling Operators", 2015, the "next point" mean). The first frame weighs 1,
    a second one at the same moment 0.
    """

    def __init__(self, time_constant_s: float) -> None:
        self._time_constant_s = time_constant_s
        self._mean: Scores | None = None
        self._time_s = 0.0

    def update(self, scores: Scores, time_s: float) -> Scores:
        if self._mean is None:
            self._mean = scores.copy()  # the caller's array may change
        else:
            weight = -math.expm1((self._time_s - time_s) / self._time_constant_s)
            self._mean = self._mean + weight * (scores - self._mean)
        self._time_s = time_s
        return self._mean


class MajorityVote:
    """Each of the last frames has one vote, for its best class.

    The smoothed score of a class is its share: votes for it, divided by the frames that were asked,
    which are fewer than ``frames`` only at the start. A frame whose best score is below
    ``threshold`` is asked too, but votes for no class. Among equal best scores the lowest class
    has the vote.
    """

    def __init__(self, frames: int, threshold: float) -> None:
        self._threshold = threshold
        self._votes: deque[int | None] = deque(maxlen=frames)

    def update(self, scores: Scores, time_s: float) -> Scores:
        best = int(scores.argmax())
        sure = float(scores[best]) >= self._threshold - ROUNDING
        self._votes.append(best if sure else None)
        shares = np.zeros_like(scores)
        for vote in self._votes:
            if vote is not None:
                shares[vote] += 1
        shares /= len(self._votes)
        return shares


class Unsmoothed:
    """Each frame for itself."""

    def update(self, scores: Scores, time_s: float) -> Scores:
        return scores


def start_smoothing(smoothing: Smoothing, threshold: float) -> Smoother:
    """A smoother that has seen nothing; ``threshold`` is the calibrated score that earns a vote."""
    match smoothing:
        case Exponential(time_constant_s):
            return ExponentialMean(time_constant_s)
        case Majority(frames):
            return MajorityVote(frames, threshold)
        case "off":
            return Unsmoothed()
