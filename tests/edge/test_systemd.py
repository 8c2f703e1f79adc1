"""The notify socket, with a real one at the other end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.systemd import Watchdog


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    """systemd's end of the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        name = str(tmp_path / "notify")
        receiver.bind(name if request.param == "path" else f"\0edge-test-{os.getpid()}")
        receiver.setblocking(False)
        yield receiver


def environment(receiver: socket.socket, **more: str) -> dict[str, str]:
    name = receiver.getsockname()
    text = name if isinstance(name, str) else "@" + name[1:].decode()
    return {"NOTIFY_SOCKET": text, **more}


def heard(receiver: socket.socket) -> list[str]:
    messages = []
    while True:
        try:
            messages.append(receiver.recv(4096).decode())
        except BlockingIOError:
            return messages


def test_ready_comes_with_the_first_frame_and_watchdog_with_progress(systemd) -> None:
    clock = Clock()
    watchdog = Watchdog(environment(systemd, WATCHDOG_USEC="8000000"), clock)
    assert heard(systemd) == [], "loading is no progress"
    watchdog.alive()
    assert heard(systemd) == ["READY=1", "WATCHDOG=1"]
    for _ in range(100):  # five seconds at 20 frames a second
        clock.now_s += 0.05
        watchdog.alive()
    assert heard(systemd) == ["WATCHDOG=1"] * 2, "every two seconds is enough for a limit of eight"
    watchdog.status("camera 0: no\nframe")
    watchdog.close()
    assert heard(systemd) == ["STATUS=camera 0: no frame", "STOPPING=1"]
    watchdog.alive()
    watchdog.close()


def test_ready_is_said_again_until_systemd_has_taken_it(systemd) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:  # the messages of other services, until no more fits
                other.sendto(b"WATCHDOG=1", systemd.getsockname())
    watchdog = Watchdog(environment(systemd), Clock())
    watchdog.alive()
    assert "READY=1" not in heard(systemd)
    watchdog.alive()
    assert heard(systemd) == ["READY=1", "WATCHDOG=1"]
    watchdog.close()


def test_a_limit_for_another_process_is_none_of_ours(systemd) -> None:
    clock = Clock()
    watchdog = Watchdog(environment(systemd, WATCHDOG_USEC="80000000", WATCHDOG_PID="1"), clock)
    watchdog.alive()
    clock.now_s += 0.3
    watchdog.alive()
    assert heard(systemd) == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
    watchdog.close()


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_without_systemd_nothing_happens(address: str) -> None:
    watchdog = Watchdog({"NOTIFY_SOCKET": address})
    watchdog.alive()
    watchdog.status("fine")
    watchdog.close()
