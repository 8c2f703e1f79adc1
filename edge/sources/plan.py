"""A plan of faults, such as ``good=5,stall=8,...``: what is wrong at which moment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Literal, NamedTuple, get_args

from edge.errors import SourceError

FaultKind = Literal[
    "good", "stall", "freeze", "black", "corrupt", "error", "slow", "resize", "exception"
]
_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
_FOR_EVER = "..."


class Step(NamedTuple):
    """One stretch of the plan, in seconds since its start."""

    start_s: float
    end_s: float
    kind: FaultKind


@dataclass(frozen=True)
class Plan:
    """What happens for how long, one thing after the other."""

    steps: tuple[tuple[FaultKind, float], ...]  # kind, seconds > 0
    repeats: bool  # True: for ever; False: the source ends after the last step

    @classmethod
    def parse(cls, text: str) -> Plan:
        """The plan in ``KIND=SECONDS,KIND=SECONDS,...``; ValueError for any other text."""
        parts = text.split(",")
        repeats = parts[-1] == _FOR_EVER
        steps = tuple(_parse_step(part) for part in (parts[:-1] if repeats else parts))
        if not steps:
            raise ValueError("is empty")
        return cls(steps, repeats)

    @property
    def duration_s(self) -> float:
        """Seconds until it ends or starts again."""
        return sum(seconds for _, seconds in self.steps)

    def at(self, elapsed_s: float) -> Step | None:
        """The step that is on ``elapsed_s`` seconds after the start; None when the plan is over."""
        if not self.repeats and elapsed_s >= self.duration_s:
            return None
        start_s, end_s, kind = 0.0, 0.0, self.steps[0][0]
        if self.repeats:
            end_s = elapsed_s // self.duration_s * self.duration_s
        for kind, seconds in self.steps:  # noqa: B007
            start_s, end_s = end_s, end_s + seconds
            if elapsed_s < end_s:
                break
        return Step(start_s, end_s, kind)

    def timeline(self, until_s: float = math.inf) -> Iterator[Step]:
        """The steps in order, those that start before ``until_s``; endless when it repeats."""
        start_s = 0.0
        for kind, seconds in cycle(self.steps) if self.repeats else self.steps:
            if start_s >= until_s:
                return
            yield Step(start_s, start_s + seconds, kind)
            start_s += seconds


def explain(fault: str) -> SourceError:
    """The error for a plan that cannot be read, with what a plan looks like."""
    return SourceError(
        f"{fault}; write fault:KIND=SECONDS,KIND=SECONDS, with ,... at the end to repeat it and "
        f"@FOLDER for pictures of your own; kinds are {', '.join(_KINDS)}"
    )


def _parse_step(part: str) -> tuple[FaultKind, float]:
    kind, _, seconds_text = part.partition("=")
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of fault")
    try:
        seconds = float(seconds_text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ValueError(f"{part!r} has no number of seconds above 0")
    return kind, seconds
