"""Statistics of the run, computed by hand."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from edge.health import FrameStatistics


def statistics_at(stamps_s: Iterable[float]) -> FrameStatistics:
    """Statistics whose clock shows one of ``stamps_s`` at each look."""
    return FrameStatistics(clock=iter(stamps_s).__next__)


def test_fps_counts_gaps_not_stamps() -> None:
    statistics = statistics_at([0.0, 10.0, 10.1, 10.2])
    assert statistics.fps == 0.0
    for _ in range(3):
        statistics.count(age_ms=5.0, dropped=0)
    assert statistics.fps == pytest.approx(10.0)


def test_fps_is_that_of_the_last_two_seconds() -> None:
    slow, fast = [1.0, 2.0, 3.0], [3.0 + step / 10 for step in range(1, 31)]
    statistics = statistics_at([0.0, *slow, *fast])
    for _ in slow + fast:
        statistics.count(age_ms=5.0, dropped=0)
    assert statistics.fps == pytest.approx(10.0)


def test_summary_of_a_run() -> None:
    statistics = statistics_at([0.0, 1.0, 2.0, 3.0, 4.5])
    for age_ms in (10.0, 30.0, 20.0):
        statistics.count(age_ms, dropped=7)
    expected = "3 frames, 4.5 s, 1.0 frames/s, 7 dropped, frame age p50 20.0 ms"
    assert statistics.summary() == expected


def test_summary_without_a_frame_and_with_one() -> None:
    statistics = statistics_at([0.0, 1.0, 2.0, 3.0])
    assert statistics.summary() == "0 frames, 1.0 s, 0 dropped"
    statistics.count(12.34, dropped=0)
    assert statistics.summary() == "1 frame, 3.0 s, 0 dropped, frame age p50 12.3 ms"
