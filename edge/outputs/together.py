"""All outputs of a run as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge.decide import Event
from edge.outputs.output import Decision, Output
from edge.outputs.records import event_record


class Together(Output):
    """Gives what it gets to each of ``outputs``, and the events of decisions as notes."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = tuple(outputs)

    @property
    def lost(self) -> int:
        """Records that could not be delivered, of all outputs."""
        return sum(output.lost for output in self._outputs)

    def show(self, decision: Decision) -> None:
        for output in self._outputs:
            output.show(decision)
        self.note_events(decision.verdict.events)

    def note(self, record: Mapping[str, Any]) -> None:
        for output in self._outputs:
            output.note(record)

    def note_events(self, events: Sequence[Event]) -> None:
        """Labels that came into view, or left it."""
        for event in events:
            self.note(event_record(event))

    def idle(self) -> None:
        for output in self._outputs:
            output.idle()

    def close(self) -> None:
        for output in self._outputs:
            output.close()
