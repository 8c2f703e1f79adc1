"""One line for people that is refreshed in place."""

from __future__ import annotations

import math
import os
import time
import unicodedata
from collections.abc import Mapping
from typing import Any, TextIO

from edge.health import FrameStatistics
from edge.messages import CLEAR_LINE
from edge.outputs.descriptor import ByteStream
from edge.outputs.outlet import Outlet
from edge.outputs.output import Decision, Output
from edge.outputs.source_state import SourceState
from edge.stop import Stop

_REDRAW_S = 1 / 15


class TerminalLine(Output):
    """One line that is refreshed in place; pictures from files keep a line each."""

    def __init__(self, stream: TextIO, stop: Stop, statistics: FrameStatistics) -> None:
        """``statistics`` knows the frames per second."""
        self._stream = stream
        self._outlet = Outlet(ByteStream(stream, "terminal"), stop)
        self._statistics = statistics
        self._source = SourceState()
        self._drawn_s = -math.inf
        self._stands = False  # a line without its end
        self._late: str | None = None  # the newest text, while it is too soon to redraw
        self._closed = False

    @property
    def lost(self) -> int:
        """Redraws and lines that could not be written."""
        return self._outlet.lost

    def show(self, decision: Decision) -> None:
        self._source.frame_came()
        if decision.captured.path is not None:
            self._draw(self._picture_text(decision), end="\n", wait=not decision.live)
        else:
            self._refresh(self._live_text(decision))

    def note(self, record: Mapping[str, Any]) -> None:
        self._source.note(record)

    def idle(self) -> None:
        fault = self._source.fault
        if fault is not None and self._source.is_quiet:
            self._refresh(fault)
        elif self._late is not None:
            self._refresh(self._late)

    def close(self) -> None:
        """Leave the newest line standing."""
        if self._closed:
            return
        self._closed = True
        if self._late is not None:
            self._draw(self._late)
        if self._stands:
            self._put("\n")
        self._outlet.close()

    def _picture_text(self, decision: Decision) -> str:
        return f"{_answer(decision)}  {decision.captured.path}"

    def _live_text(self, decision: Decision) -> str:
        text = (
            f"{_answer(decision)} | {self._statistics.fps:.1f} frames/s "
            f"| age {decision.frame_age_ms:.0f} ms"
        )
        fault = self._source.fault
        return text if fault is None else f"{text} | {fault}"

    def _refresh(self, text: str) -> None:
        """Draw ``text`` as soon as the terminal has taken the last one and eyes can follow."""
        if time.monotonic() - self._drawn_s < _REDRAW_S or self._outlet.pending:
            self._late = text
        else:
            self._draw(text)

    def _draw(self, text: str, end: str = "", wait: bool = False) -> None:
        # The last column stays free: some terminals wrap as soon as it is filled.
        self._put(CLEAR_LINE + cut_to_columns(text, self._columns() - 1) + end, wait)
        self._late = None
        self._stands = not end
        self._drawn_s = time.monotonic()

    def _columns(self) -> int:
        # The terminal itself first: an exported COLUMNS does not follow when it is resized.
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except OSError:
            columns = 0
        if columns:
            return columns
        import shutil  # here, as it brings every packer of archives along

        return shutil.get_terminal_size().columns

    def _put(self, text: str, wait: bool = False) -> None:
        self._outlet.put(text.encode(self._stream.encoding or "utf-8", "replace"), wait=wait)


def _answer(decision: Decision) -> str:
    return f"{decision.verdict.label or 'unknown'}  {decision.verdict.score:.2f}"


def cut_to_columns(text: str, columns: int) -> str:
    """As much of ``text`` as fits into ``columns`` terminal cells, without control characters."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    used = 0
    for index, character in enumerate(shown):
        used += _cells(character)
        if used > columns:
            return shown[:index]
    return shown


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
