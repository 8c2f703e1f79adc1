"""How a run goes, told while it runs and at its end."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Protocol

from edge.capture import SourceFault
from edge.health import Counters, FrameStatistics
from edge.messages import print_message
from edge.outputs import Decision, Output
from edge.outputs.records import health_record
from edge.sources import Source
from edge.throttling import ThrottlingWatch

_MOST_AHEAD_S = 2.0  # longer than the board takes for an answer


class Counting(Protocol):
    """What a capture counts."""

    @property
    def dropped(self) -> int: ...
    @property
    def damaged(self) -> int: ...
    @property
    def reconnects(self) -> int: ...
    @property
    def fault(self) -> SourceFault | None: ...


class Monitor:
    """Collects what capture and outputs count; health goes out in steady intervals.

    Attributes:
        statistics: of the labelled frames.
    """

    def __init__(self, health_every_s: float) -> None:
        self.statistics = FrameStatistics()
        self._every_s = health_every_s
        self._ahead_s = min(_MOST_AHEAD_S, health_every_s / 2)
        self._due_s = time.monotonic() + health_every_s
        self._ask_s = 0.0  # at once, for the summary of a short run
        self._board = ThrottlingWatch()
        self._capture: Counting | None = None
        self._output: Output | None = None
        self._described: str | None = None

    def watch(self, capture: Counting, output: Output) -> None:
        """Count what these two count, even after they are closed."""
        self._capture, self._output = capture, output

    def count(self, decision: Decision, source: Source | None) -> None:
        """One more frame has its label.

        What its source really gives is said once, and again when that has changed.
        """
        self.statistics.count(decision.frame_age_ms)
        if source is not None and source.description != self._described:
            self._described = source.description
            if source.description:
                print_message(f"{source.name}: {source.description}")

    def tick(self) -> None:
        """Send a health record when it is time; waits for no board that is slow to answer."""
        now_s = time.monotonic()
        if now_s >= self._ask_s:
            self._board.ask()
            ask_s = self._due_s - self._ahead_s
            self._ask_s = ask_s if ask_s > now_s else math.inf
        if self._output is not None and now_s >= self._due_s:
            self._due_s = now_s + self._every_s
            self._ask_s = self._due_s - self._ahead_s
            health = self.statistics.report(self._counters(), self._board.latest())
            self._output.note(health_record(health, datetime.now(UTC)))

    def summary(self) -> str:
        """The whole run in one line, at once."""
        return self.statistics.summary(self._counters(), self._board.latest())

    def _counters(self) -> Counters:
        capture, lost = self._capture, 0 if self._output is None else self._output.lost
        if capture is None:
            return Counters(lost_output=lost)
        return Counters(
            dropped=capture.dropped,
            damaged=capture.damaged,
            reconnects=capture.reconnects,
            lost_output=lost,
            fault=capture.fault,
        )
