"""Tells systemd that the app works, through its notify socket (sd_notify(3))."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

_SIGNS_PER_LIMIT = 4  # well within the limit, and not once a frame


class Watchdog:
    """Says READY=1 with the first sign of life and WATCHDOG=1 with later ones.

    Signs come from real progress: systemd restarts an app that runs and does nothing. Without
    systemd every call does nothing.
    """

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``environment`` has NOTIFY_SOCKET and WATCHDOG_USEC where systemd started us."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._every_s = _limit_s(environment) / _SIGNS_PER_LIMIT
        self._clock = clock
        self._last_s: float | None = None
        self._socket: socket.socket | None = None
        if self._address:
            import socket  # here, because most runs have no systemd to talk to

            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    @property
    def is_watched(self) -> bool:
        """True when systemd waits for signs of life."""
        return self._socket is not None

    def alive(self) -> None:
        """One more frame has its label."""
        if self._socket is None:
            return
        now_s = self._clock()
        if self._last_s is None:
            if not self._send("READY=1"):
                return  # once more with the next frame: systemd waits for it
        elif now_s - self._last_s < self._every_s:
            return
        self._last_s = now_s
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """The line that ``systemctl status`` shows."""
        self._send("STATUS=" + " ".join(text.split()))

    def close(self) -> None:
        """The end is wanted, not a fault."""
        self._send("STOPPING=1")
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, text: str) -> bool:
        """True when systemd has it."""
        if self._socket is None:
            return False
        # A leading @ stands for the NUL of Linux' abstract addresses.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError):  # systemd's own trouble must not become ours
            self._socket.sendto(text.encode(), address)
            return True
        return False


def _limit_s(environment: Mapping[str, str]) -> float:
    """systemd's patience in seconds; one second where it has none or keeps it to another."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 1.0
    text = environment.get("WATCHDOG_USEC", "")
    return int(text) / 1e6 if text.isdigit() and int(text) else 1.0
