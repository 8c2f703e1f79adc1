"""What did not arrive: counted always, said once when it begins and once when it is over."""

from __future__ import annotations

import errno
import os
import threading
import time

from edge.messages import print_message, print_warning

_CALM_S = 10.0  # without a loss until it is over, so that a disk at its limit is no flood of words


class Losses:
    """Counts what one output could not deliver; may be used from several threads.

    Attributes:
        count: lines, or whatever else the output delivers, lost so far.
    """

    def __init__(self, name: str, unit: str = "line") -> None:
        """``name`` is what messages call the output, ``unit`` one of what it delivers."""
        self.count = 0
        self._name = name
        self._unit = unit
        self._lock = threading.Lock()
        self._before: int | None = None  # ``count`` when the losses began; None: all is well
        self._last_s = 0.0

    def add(self, reason: str, number: int = 1) -> None:
        """``number`` more are lost; ``reason`` is a fault and what mends it."""
        with self._lock:
            begins = self._before is None
            if self._before is None:
                self._before = self.count
            self.count += number
            self._last_s = time.monotonic()
        if begins:
            print_warning(f"{self._name}: {reason}")

    def add_silently(self, number: int) -> None:
        """``number`` more are lost because the run ends."""
        with self._lock:
            self.count += number

    def delivered(self) -> None:
        """One has arrived."""
        if self._before is None:
            return
        with self._lock:
            if self._before is None or time.monotonic() - self._last_s < _CALM_S:
                return
            lost = self.count - self._before
            self._before = None
        lines = f"1 {self._unit} was" if lost == 1 else f"{lost} {self._unit}s were"
        print_message(f"{self._name}: works again; {lines} lost")


def reason_of(error: OSError, what: str = "lines") -> str:
    """What an error in writing ``what`` means, and what mends it."""
    if error.errno == errno.EPIPE:
        return f"its reader has gone; the run goes on, its {what} are lost"
    text = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"cannot be written ({text}); free some space, {what} are lost until then"
    return f"cannot be written ({text}); {what} are lost until it can"
