"""Statistics of the run, computed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from edge import health
from edge.board import Throttling
from edge.health import Counters, FrameStatistics


@pytest.fixture(autouse=True)
def no_sensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine's sensors say is not what is tested."""
    monkeypatch.setattr(health, "temperature_c", lambda: None)
    monkeypatch.setattr(health, "clock_mhz", lambda: None)
    monkeypatch.setattr(health, "rss_mb", lambda: None)


def statistics_at(stamps_s: Iterable[float]) -> FrameStatistics:
    """Statistics whose clock shows one of ``stamps_s`` at each look."""
    return FrameStatistics(clock=iter(stamps_s).__next__)


def test_fps_counts_gaps_not_stamps() -> None:
    statistics = statistics_at([0.0, 10.0, 10.1, 10.2])
    assert statistics.fps == 0.0
    for _ in range(3):
        statistics.count(age_ms=5.0)
    assert statistics.fps == pytest.approx(10.0)


def test_fps_is_that_of_the_last_two_seconds() -> None:
    slow, fast = [1.0, 2.0, 3.0], [3.0 + step / 10 for step in range(1, 31)]
    statistics = statistics_at([0.0, *slow, *fast])
    for _ in slow + fast:
        statistics.count(age_ms=5.0)
    assert statistics.fps == pytest.approx(10.0)


def test_summary_of_a_run() -> None:
    statistics = statistics_at([0.0, 1.0, 2.0, 3.0, 4.5])
    for age_ms in (10.0, 30.0, 20.0):
        statistics.count(age_ms)
    expected = "3 frames, 4.5 s, 1.0 frames/s, 7 dropped, frame age p50 20.0 ms, p99 29.8 ms"
    assert statistics.summary(Counters(dropped=7)) == expected


def test_summary_without_a_frame_and_with_one() -> None:
    statistics = statistics_at([0.0, 1.0, 2.0, 3.0])
    assert statistics.summary(Counters()) == "0 frames, 1.0 s, 0 dropped"
    statistics.count(12.34)
    expected = "1 frame, 3.0 s, 0 dropped, frame age p50 12.3 ms, p99 12.3 ms"
    assert statistics.summary(Counters()) == expected


def test_summary_names_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "temperature_c", lambda: 81.6)
    monkeypatch.setattr(health, "clock_mhz", lambda: 1500)
    monkeypatch.setattr(health, "rss_mb", lambda: 84.3)
    counters = Counters(dropped=2, damaged=3, reconnects=1, lost_output=4)
    summary = statistics_at([0.0, 1.0]).summary(counters, Throttling(0x50000))
    assert summary == (
        "0 frames, 1.0 s, 2 dropped, 3 damaged, 1 reconnect, 4 records lost; "
        "82 degrees C, 1500 MHz, 84 MB, under-voltage since boot, throttled since boot"
    )


def test_this_process_knows_its_memory_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert re.search(r"; (.* )?\d+ MB$", statistics_at([0.0, 1.0]).summary(Counters()))


def test_a_report_is_about_the_time_since_the_last_one() -> None:
    statistics = statistics_at([0.0, *(s / 10 for s in range(1, 11)), 2.0, 3.0, 4.0, 5.0])
    for age_ms in range(1, 11):
        statistics.count(float(age_ms))
    first = statistics.report(Counters(dropped=5))
    assert (first.uptime_s, first.frames, first.fps, first.dropped) == (2.0, 10, 5.0, 5)
    assert first.frame_age_p50_ms == pytest.approx(5.5)  # of 1 to 10
    assert first.frame_age_p99_ms == pytest.approx(9.91)  # 9 + 0.91: linear between 9 and 10
    statistics.count(100.0)
    second = statistics.report(Counters(fault="lost"), Throttling(0x5))
    assert (second.frames, second.fps, second.frame_age_p50_ms) == (11, 0.5, 100.0)
    assert second.fault == "lost"
    assert (second.under_voltage, second.throttled) == (
        True,
        ("under-voltage now", "throttled now"),
    )
    third = statistics.report(Counters())
    assert (third.fps, third.frame_age_p50_ms, third.throttled) == (0.0, None, None)
    assert third.memory_mb is None
