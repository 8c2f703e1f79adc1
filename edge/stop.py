"""The wish to end a run, and Ctrl-C, SIGTERM and a closed terminal as such a wish."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """A flag that whoever wants the run to end raises: a signal, the window.

    Not a threading.Event: that takes a lock, for which a signal handler would wait for ever when it
    interrupts the very thread that holds it.
    """

    def __init__(self) -> None:
        self._requested = False

    @property
    def requested(self) -> bool:
        """True once somebody has called ``request``; it stays so."""
        return self._requested

    def request(self) -> None:
        """Ask for the end; may be called from anywhere, and more than once."""
        self._requested = True


@contextmanager
def stop_on_signals(stop: Stop) -> Iterator[None]:
    """Request ``stop`` on SIGINT, SIGTERM and SIGHUP until the block ends.

    SIGHUP comes when a terminal or an SSH session closes. Who has it ignored, as nohup does, wants
    the run to go on, and it stays ignored.

    Nothing is raised in the middle of something. Outside the main thread, where Python allows no
    handlers, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def request_stop(number: int, frame: FrameType | None) -> None:
        stop.request()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, request_stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
