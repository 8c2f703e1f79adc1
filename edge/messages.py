"""One line at a time on stderr, for people; a stderr that nobody reads holds nobody up."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress

CLEAR_LINE = "\r\x1b[K"

_PATIENCE_MS = 200
_MOST_REMEMBERED = 1000
_stuck = False  # stderr is a full pipe, or a terminal held by Ctrl-S


def print_message(text: str) -> None:
    """One line on stderr, clear of the refreshed line that may stand on the same terminal.

    Waits 0.2 s at most for a stderr that takes nothing, and not at all from then on until it takes
    something again: the message is lost, which decides nothing.
    """
    _print_line(" ".join(text.split()))


def print_traceback(error: Exception, clean: Callable[[str], str] = str) -> None:
    """Where ``error`` comes from, for developers: as Python prints it, each line through ``clean``.

    As patient with stderr as ``print_message``.
    """
    import traceback  # here, because hardly a run needs it

    with suppress(MemoryError):  # it may be what went wrong in the first place
        for part in traceback.format_exception(error):
            for line in part.splitlines():
                _print_line(clean(line))


def _print_line(text: str) -> None:
    if sys.stderr is None:  # closed by who started us; print() would take stdout instead
        return
    clear = CLEAR_LINE if sys.stderr.isatty() else ""
    line = clear + text
    with suppress(OSError):
        try:
            descriptor = sys.stderr.fileno()
        except OSError:  # replaced by something without a file below it
            print(line, file=sys.stderr, flush=True)
        else:
            encoding = sys.stderr.encoding or "utf-8"
            _write(descriptor, line.encode(encoding, "backslashreplace"))


def print_warning(text: str) -> None:
    """One line on stderr that says what is wrong but does not stop the run."""
    print_message(f"warning: {text}")


def warn_once() -> Callable[[str], None]:
    """A ``print_warning`` that says the same thing only once, however often it comes."""
    said: set[str] = set()

    def warn(text: str) -> None:
        if text not in said:
            if len(said) < _MOST_REMEMBERED:
                said.add(text)
            print_warning(text)

    return warn


def _write(descriptor: int, line: bytes) -> None:
    global _stuck
    poller = select.poll()
    poller.register(descriptor, select.POLLOUT)
    _stuck = not poller.poll(0 if _stuck else _PATIENCE_MS)
    if not _stuck:
        # No more than a pipe takes at once when it takes anything.
        os.write(descriptor, line[: select.PIPE_BUF - 1] + b"\n")
