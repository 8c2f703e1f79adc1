"""What leaves the app for each frame: a JSON line for programs, one refreshed line for people."""

from __future__ import annotations

import json
import math
import os
import select
import shutil
import sys
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

from edge.classifier import Classification
from edge.errors import OutputError
from edge.health import FrameStatistics
from edge.sources import CapturedFrame
from edge.stop import Stop

_SCORE_DIGITS = 4
_MS_DIGITS = 3
_REDRAW_S = 1 / 15
_CLEAR_LINE = "\r\x1b[K"
_STOP_CHECK_S = 0.1


@dataclass(frozen=True, eq=False)
class Decision:
    """One frame and its labels."""

    captured: CapturedFrame
    classification: Classification
    frame_age_ms: float  # from the capture to the label
    model_id: str  # first 12 hex digits of the model file's SHA-256


class Output(Protocol):
    """Something that shows or keeps decisions."""

    def show(self, decision: Decision) -> None:
        """Take one decision. Raises OutputError when it cannot be written."""

    def close(self) -> None:
        """Finish what was begun."""


def decision_record(decision: Decision) -> dict[str, Any]:
    """The decision as the JSON object that docs/json-lines.md promises."""
    captured, classification = decision.captured, decision.classification
    stages = classification.stages
    record = {
        "type": "decision",
        "time": captured.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "frame": captured.number,
        "top": [
            {"label": label, "score": _number(score, _SCORE_DIGITS)}
            for label, score in classification.top
        ],
        "frame_age_ms": _number(decision.frame_age_ms, _MS_DIGITS),
        "stages_ms": {
            "preprocess": _number(stages.preprocess_ms, _MS_DIGITS),
            "invoke": _number(stages.invoke_ms, _MS_DIGITS),
            "postprocess": _number(stages.postprocess_ms, _MS_DIGITS),
        },
        "model": decision.model_id,
    }
    return record if captured.path is None else {**record, "path": captured.path}


def print_message(text: str) -> None:
    """One line on stderr, clear of the refreshed line that may stand on the same terminal."""
    if sys.stderr is None:  # closed by who started us; print() would take stdout instead
        return
    clear = _CLEAR_LINE if sys.stderr.isatty() else ""
    # Whether anybody reads messages decides nothing.
    with suppress(OSError):
        print(clear + " ".join(text.split()), file=sys.stderr, flush=True)


def print_warning(text: str) -> None:
    """One line on stderr that says what is wrong but does not stop the run."""
    print_message(f"warning: {text}")


class JsonLines:
    """One JSON object a line."""

    def __init__(self, stream: TextIO, stop: Stop) -> None:
        """Requests ``stop`` when nobody reads ``stream`` any more; stops writing with it."""
        self._outlet = _Outlet(stream, stop)

    def show(self, decision: Decision) -> None:
        # ASCII, so that the line is valid JSON whatever encoding its reader expects.
        line = json.dumps(decision_record(decision), ensure_ascii=True, allow_nan=False)
        self._outlet.write(line.encode("ascii") + b"\n")

    def close(self) -> None:
        """Nothing is left to do: each line went out whole."""


class TerminalLine:
    """One line that is refreshed in place; pictures from files keep a line each."""

    def __init__(self, stream: TextIO, stop: Stop, statistics: FrameStatistics) -> None:
        """Requests ``stop`` when ``stream`` is gone; stops writing with it."""
        self._stream = stream
        self._outlet = _Outlet(stream, stop)
        self._statistics = statistics
        self._drawn_s = -math.inf
        self._late: str | None = None  # the newest text, while it is too soon to redraw

    def show(self, decision: Decision) -> None:
        text = self._text(decision)
        if decision.captured.path is not None:
            self._draw(text, end="\n")
        elif time.monotonic() - self._drawn_s >= _REDRAW_S:
            self._draw(text)
        else:
            self._late = text

    def close(self) -> None:
        """Leave the newest line standing."""
        if self._late is not None:
            self._draw(self._late)
        if self._drawn_s > -math.inf:
            self._draw_raw("\n")

    def _text(self, decision: Decision) -> str:
        label, score = decision.classification.top[0]
        path = decision.captured.path
        if path is not None:
            return f"{label}  {score:.2f}  {path}"
        return (
            f"{label}  {score:.2f} | {self._statistics.fps:.1f} frames/s "
            f"| age {decision.frame_age_ms:.0f} ms"
        )

    def _draw(self, text: str, end: str = "") -> None:
        # The last column stays free: some terminals wrap as soon as it is filled.
        self._draw_raw(_CLEAR_LINE + cut_to_columns(text, self._columns() - 1) + end)
        self._late = None
        self._drawn_s = -math.inf if end else time.monotonic()

    def _columns(self) -> int:
        # The terminal itself first: an exported COLUMNS does not follow when it is resized.
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except OSError:
            columns = 0
        return columns or shutil.get_terminal_size().columns

    def _draw_raw(self, text: str) -> None:
        self._outlet.write(text.encode(self._stream.encoding or "utf-8", "replace"))


class _Outlet:
    """Writes to a reader that may be slow, or go away, and never lets it hold up the end."""

    def __init__(self, stream: TextIO, stop: Stop) -> None:
        self._stream = stream
        self._stop = stop

    def write(self, data: bytes) -> None:
        """Write all of ``data``, unless the reader is stuck or gone when the run is to stop."""
        try:
            self._write(memoryview(data))
        except BrokenPipeError:
            self._stop.request()  # such as `| head`: the reader has had enough
        except OSError as error:
            raise OutputError(
                f"stdout: cannot be written ({error.strerror or error}); free some space or "
                "send it elsewhere"
            ) from error

    def _write(self, data: memoryview) -> None:
        try:
            descriptor = self._stream.fileno()
        except OSError:  # a stream without a file below it, such as io.StringIO
            self._stream.write(str(data, self._stream.encoding or "utf-8"))
            self._stream.flush()
            return
        # Past Python's buffer, and only as much as fits: a signal cannot end a process that is
        # blocked on a full pipe which nobody reads, or on a terminal held by Ctrl-S.
        while data and self._wait_until_writable(descriptor):
            data = data[os.write(descriptor, data[: select.PIPE_BUF]) :]

    def _wait_until_writable(self, descriptor: int) -> bool:
        while not select.select([], [descriptor], [], _STOP_CHECK_S)[1]:
            if self._stop.requested:
                return False
        return True


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


def _number(value: float, digits: int) -> float | None:
    """``value`` rounded; None, which is JSON's null, where a model gave no number."""
    return round(float(value), digits) if math.isfinite(value) else None
