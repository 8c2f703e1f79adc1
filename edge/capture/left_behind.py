"""Connections that a driver call holds: how many there may be, and when one more is tried."""

from __future__ import annotations

from typing import Protocol

_ORDINARY = 3  # so many, and the source is opened again without a thought
_MOST = 16  # ever: each holds a thread and a driver's buffers
_FIRST_EXTRA_S = 60.0  # before one more than the ordinary; twice as long before the next
_SAID_AFTER_S = 2.0  # a driver that is only slow to let go is not stuck


class Leaving(Protocol):
    """What was told to close."""

    @property
    def released(self) -> bool:
        """True once its thread has come back from the driver."""
        ...


class LeftBehind:
    """Connections that were given up, until their threads come back.

    Threads cannot be killed, and one more is mostly stuck in the same driver; but a camera that was
    plugged in again may have a good one. So tries become rare, and their number stays bounded over
    months: one more after 1, 2, 4 minutes and so on, and 16 in all.
    """

    def __init__(self) -> None:
        self._leaving: list[Leaving] = []
        self._most = _ORDINARY
        self._full_s: float | None = None  # since when there is no room

    def add(self, leaving: Leaving) -> None:
        """It was told to close."""
        self._leaving.append(leaving)

    @property
    def count(self) -> int:
        """How many had not come back when last looked at."""
        return len(self._leaving)

    def would_have_room(self) -> bool:
        """True when the source may be opened once more even if another one is added and stuck."""
        self._forget_released()
        return len(self._leaving) + 1 < self._most

    def has_room(self, now_s: float) -> bool:
        """True when the source may be opened once more; ``now_s`` is monotonic, in seconds.

        One that comes back makes room at once.
        """
        self._forget_released()
        if len(self._leaving) < _ORDINARY:
            self._most = _ORDINARY
        if len(self._leaving) < self._most:
            self._full_s = None
            return True
        if self._full_s is None:
            self._full_s = now_s
        extra = self._most - _ORDINARY
        if self._most == _MOST or now_s - self._full_s < _FIRST_EXTRA_S * 2.0**extra:
            return False
        self._most += 1
        self._full_s = None
        return True

    def _forget_released(self) -> None:
        self._leaving = [leaving for leaving in self._leaving if not leaving.released]

    def is_stuck(self, now_s: float) -> bool:
        """True when there has been no room for so long that people must hear of it."""
        return self._full_s is not None and now_s - self._full_s >= _SAID_AFTER_S
