"""The source's present fault in a few words, for people who look at the output."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

_WORDS = {
    "lost": "source lost, reconnecting",
    "stalled": "source stalled, reconnecting",
    "frozen": "the same frame again and again",
    "dark": "dark or covered",
    "resized": "wrong frame size",
}
_QUIET_S = 1.0


class SourceState:
    """What the records about the source say of it now, and whether frames come."""

    def __init__(self) -> None:
        self._fault: str | None = None
        self._since_s = 0.0
        self._frame_s = -math.inf

    def note(self, record: Mapping[str, Any]) -> None:
        """Take any record; those about the source count."""
        if record.get("type") != "source":
            return
        if record["state"] != "fault":
            self._fault = None
            return
        if self._fault is None:
            self._since_s = time.monotonic()
        self._fault = str(record["fault"])

    def frame_came(self) -> None:
        """Frames come, whatever is wrong with them."""
        self._frame_s = time.monotonic()

    @property
    def is_quiet(self) -> bool:
        """True when no frame came for a second."""
        return time.monotonic() - self._frame_s >= _QUIET_S

    @property
    def fault(self) -> str | None:
        """Such as "source lost, reconnecting 12 s"; None when nothing is wrong."""
        if self._fault is None:
            return None
        words = _WORDS.get(self._fault, self._fault)
        return f"{words} {time.monotonic() - self._since_s:.0f} s"
