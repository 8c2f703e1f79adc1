"""What did not arrive: counted always, said once when it begins and once when it is over."""

from __future__ import annotations

import errno
import os
import threading
import time

from edge.messages import print_message, print_warning

_CALM_S = 10.0  # without a loss until it is over, so that a disk at its limit is no flood of words


class Losses:
    """Counts the lines that one output could not deliver; may be used from several threads.

    Attributes:
        count: lines lost so far.
    """

    def __init__(self, name: str) -> None:
        """``name`` is what messages call the output."""
        self.count = 0
        self._name = name
        self._lock = threading.Lock()
        self._before: int | None = None  # ``count`` when the losses began; None: all is well
        self._last_s = 0.0

    def add(self, reason: str, number: int = 1) -> None:
        """``number`` more lines are lost; ``reason`` is a fault and what mends it."""
        with self._lock:
            begins = self._before is None
            if self._before is None:
                self._before = self.count
            self.count += number
            self._last_s = time.monotonic()
        if begins:
            print_warning(f"{self._name}: {reason}")

    def add_silently(self, number: int) -> None:
        """``number`` lines are lost because the run ends."""
        with self._lock:
            self.count += number

    def delivered(self) -> None:
        """A line has arrived."""
        if self._before is None:
            return
        with self._lock:
            if self._before is None or time.monotonic() - self._last_s < _CALM_S:
                return
            lost = self.count - self._before
            self._before = None
        lines = "1 line was" if lost == 1 else f"{lost} lines were"
        print_message(f"{self._name}: works again; {lines} lost")


def reason_of(error: OSError) -> str:
    """What an error in writing means, and what mends it."""
    if error.errno == errno.EPIPE:
        return "its reader has gone; the run goes on, its lines are lost"
    text = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"cannot be written ({text}); free some space, lines are lost until then"
    return f"cannot be written ({text}); lines are lost until it can"
