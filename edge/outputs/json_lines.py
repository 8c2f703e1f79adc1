"""One JSON object a line, for programs: on stdout, or in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from edge.outputs.outlet import Outlet, Sink
from edge.outputs.output import Decision, Output
from edge.outputs.records import decision_record
from edge.stop import Stop

# ASCII, so that the line is valid JSON whatever encoding its reader expects.
_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False)


class JsonLines(Output):
    """The objects of docs/json-lines.md, as lines in ``sink``."""

    def __init__(self, sink: Sink, stop: Stop, *, every: int = 1) -> None:
        """Keep one decision of ``every``, the first of them; none with 0. Notes are always kept."""
        self._outlet = Outlet(sink, stop)
        self._every = every
        self._seen = 0
        self._wait = False

    @property
    def lost(self) -> int:
        """Lines that could not be delivered."""
        return self._outlet.lost

    def show(self, decision: Decision) -> None:
        number, self._seen = self._seen, self._seen + 1
        self._wait = not decision.live
        if self._every and number % self._every == 0:
            self._put(decision_record(decision), droppable=decision.live)

    def note(self, record: Mapping[str, Any]) -> None:
        # Rare, and worth more than any single decision: it is not dropped for one.
        self._put(record, droppable=False)

    def close(self) -> None:
        self._outlet.close()

    def _put(self, record: Mapping[str, Any], droppable: bool) -> None:
        line = _ENCODER.encode(record).encode("ascii") + b"\n"
        self._outlet.put(line, wait=self._wait, droppable=droppable)
