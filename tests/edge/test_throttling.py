"""A board that is slow to say what it throttles holds nobody up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge import monitor as monitor_module
from edge.board import Throttling
from edge.monitor import Monitor
from edge.throttling import ThrottlingWatch
from tests.edge.material import wait_until

KERNEL = "sys/devices/platform/soc/soc:firmware/get_throttled"
ANSWERS = "#!/bin/sh\necho throttled=0x50005\n"
HANGS = "#!/bin/sh\nexec /bin/sleep 5\n"


@pytest.fixture
def vcgencmd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes a vcgencmd for this test; there is none before."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))  # a Pi has one in /usr/bin

    def write(script: str) -> None:
        path = programs / "vcgencmd"
        path.write_text(script)
        path.chmod(0o755)

    return write


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[ThrottlingWatch]:
    """Of a board without a word of the kernel's own."""
    watch = ThrottlingWatch(tmp_path)
    yield watch
    wait_until(lambda: not is_asking(watch))


def is_asking(watch: ThrottlingWatch) -> bool:
    return watch._thread is not None and watch._thread.is_alive()


def seconds(call: Callable[[], object]) -> float:
    started_s = time.monotonic()
    call()
    return time.monotonic() - started_s


def test_what_vcgencmd_answers_is_known_later(
    watch: ThrottlingWatch, vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd(ANSWERS)
    assert watch.latest() is None
    watch.ask()
    wait_until(lambda: watch.latest() == Throttling(0x50005))
    vcgencmd("#!/bin/sh\necho throttled=0x0\n")
    assert watch.latest() == Throttling(0x50005), "as told last"
    wait_until(lambda: not is_asking(watch))
    watch.ask()
    wait_until(lambda: watch.latest() == Throttling(0))


def test_a_vcgencmd_that_hangs_is_waited_for_by_nobody(
    watch: ThrottlingWatch, vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd(HANGS)
    watch.ask()
    asked = watch._thread
    assert seconds(watch.ask) < 0.5
    assert seconds(watch.latest) < 0.5
    assert watch.latest() is None
    assert watch._thread is asked, "one at a time"


def test_the_kernels_word_needs_no_thread(
    tmp_path: Path, watch: ThrottlingWatch, vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd(HANGS)
    path = tmp_path / KERNEL
    path.parent.mkdir(parents=True)
    path.write_text("50005\n")
    watch.ask()
    assert watch.latest() == Throttling(0x50005)
    assert watch._thread is None


def test_without_vcgencmd_there_is_no_thread(watch: ThrottlingWatch, vcgencmd: object) -> None:
    watch.ask()
    assert watch.latest() is None
    assert watch._thread is None


class Notes:
    """An output that keeps what it is told."""

    lost = 0

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []

    def note(self, record: dict[str, object]) -> None:
        self.records.append(record)


class Counts:
    """A capture that counts nothing."""

    dropped = damaged = reconnects = 0
    fault = None


@pytest.fixture
def watched(
    watch: ThrottlingWatch, monkeypatch: pytest.MonkeyPatch
) -> tuple[Monitor, list[dict[str, object]]]:
    """A monitor with health every 0.2 s, and the records that it sends."""
    monkeypatch.setattr(monitor_module, "ThrottlingWatch", lambda: watch)
    monitor, notes = Monitor(0.2), Notes()
    monitor.watch(Counts(), notes)  # type: ignore[arg-type]
    return monitor, notes.records


def test_health_and_summary_tell_what_the_board_answers(
    watched: tuple[Monitor, list[dict[str, object]]], vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd(ANSWERS)
    monitor, records = watched

    def told() -> bool:
        monitor.tick()
        return bool(records) and records[-1]["throttled"] is not None

    wait_until(told)
    assert records[-1]["under_voltage"] is True
    assert "under-voltage now, throttled now" in monitor.summary()


def test_a_board_that_hangs_delays_neither_health_nor_summary(
    watched: tuple[Monitor, list[dict[str, object]]], vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd(HANGS)
    monitor, records = watched
    longest_s = 0.0
    while len(records) < 3:
        longest_s = max(longest_s, seconds(monitor.tick))
        time.sleep(0.01)
    assert longest_s < 0.5
    assert seconds(monitor.summary) < 0.5
    assert [record["throttled"] for record in records] == [None] * 3
