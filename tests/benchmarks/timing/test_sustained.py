"""benchmarks.timing.sustained: windows of a steady loop, and what they say together."""

from __future__ import annotations

import pytest

from benchmarks.timing import sustained
from benchmarks.timing.sustained import verdict, windows
from edge.board import Throttling


class Board:
    """A machine with a clock of its own, that gets slower after a minute."""

    def __init__(self):
        self.now_s = 0.0

    def clock(self):
        return self.now_s

    def classify_ms(self):
        ms = 10.0 if self.now_s < 60 else 20.0
        self.now_s += ms / 1000
        return ms


@pytest.fixture
def board(monkeypatch):
    board = Board()
    monkeypatch.setattr(sustained, "temperature_c", lambda: 50 + board.now_s / 10)
    monkeypatch.setattr(sustained, "clock_mhz", lambda: 2400 if board.now_s < 60 else 1200)
    monkeypatch.setattr(
        sustained, "throttling", lambda: Throttling(0 if board.now_s < 60 else 0x40004)
    )
    return board


def test_windows_show_when_a_board_slows_down(board):
    told = list(windows(board.classify_ms, 2, 30, board.clock))
    assert [window.p50_ms for window in told] == pytest.approx([10, 10, 20, 20])
    assert [window.fps for window in told] == pytest.approx([100, 100, 50, 50], rel=0.01)
    assert [window.start_s for window in told] == pytest.approx([0, 30, 60, 90], abs=0.1)
    assert [window.throttled_bits for window in told] == [0, 0x40004, 0x40004, 0x40004]
    said = verdict([window.to_json() for window in told])
    assert "10.000 ms in the first, 20.000 ms in the last" in said
    assert "(2.00x)" in said
    assert "1200 to 2400 MHz" in said
    assert "throttled now, throttled since boot" in said


def test_the_last_window_ends_with_the_time(board):
    told = list(windows(board.classify_ms, 0.75, 30, board.clock))
    assert [window.seconds for window in told] == pytest.approx([30, 15], abs=0.1)


def test_what_the_machine_does_not_tell_is_none(monkeypatch):
    board = Board()
    for name in ("temperature_c", "clock_mhz", "throttling"):
        monkeypatch.setattr(sustained, name, lambda: None)
    (window,) = windows(board.classify_ms, 0.1, 30, board.clock)
    told = window.to_json()
    assert told["temperature_c"] is told["clock_mhz"] is told["throttled"] is None
    assert verdict([told]).endswith("throttling unknown")
