"""How the running app does: frames per second, frame age, and what the board says."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge.board import Throttling, clock_mhz, rss_mb, temperature_c

_RATE_OVER_S = 2.0
_AGES_KEPT = 10_000  # bounded, because the app runs for months


@dataclass(frozen=True)
class Health:
    """The app and the board at one moment; None stands for what is unknown."""

    uptime_s: float
    frames: int  # labelled since the start
    fps: float  # labelled frames per second, since the report before
    frame_age_p50_ms: float | None  # from capture to label, since the report before
    frame_age_p99_ms: float | None
    dropped: int  # frames left out because a newer one was there, since the start
    damaged: int  # frames that came damaged, since the start
    reconnects: int  # faults of the source that were survived, since the start
    lost_output: int  # records that no output could deliver, since the start
    temperature_c: float | None  # of the CPU, degrees Celsius
    clock_mhz: float | None  # of the CPU's fastest core, now
    throttled: tuple[str, ...] | None  # what the firmware holds back, now and since boot
    under_voltage: bool | None  # now
    memory_mb: float | None  # of this process in RAM, MiB
    fault: str | None  # of the source, now


@dataclass(frozen=True)
class Counters:
    """What others count, since the start of the run."""

    dropped: int = 0
    damaged: int = 0
    reconnects: int = 0
    lost_output: int = 0
    fault: str | None = None


class FrameStatistics:
    """Counts labelled frames and says how fast and how fresh they are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds."""
        self.frames = 0
        self._clock = clock
        self._started_s = clock()
        self._first_s = self._last_s = self._started_s
        self._recent_s: deque[float] = deque()
        self._ages_ms: deque[float] = deque(maxlen=_AGES_KEPT)
        self._reported_s = self._started_s
        self._reported_frames = 0

    def count(self, age_ms: float) -> None:
        """One more frame has its label, ``age_ms`` milliseconds after its capture."""
        now_s = self._clock()
        if self.frames == 0:
            self._first_s = now_s
        self.frames += 1
        self._last_s = now_s
        self._ages_ms.append(age_ms)
        self._recent_s.append(now_s)
        while now_s - self._recent_s[0] > _RATE_OVER_S and len(self._recent_s) > 2:
            self._recent_s.popleft()

    @property
    def fps(self) -> float:
        """Labelled frames per second over the last two seconds; 0 before the second frame."""
        return _rate(len(self._recent_s), self._recent_s[0], self._last_s) if self.frames else 0.0

    def report(self, counters: Counters, throttled: Throttling | None = None) -> Health:
        """How things are now; rates and ages are those since the last report.

        ``throttled`` is what the board said last, None where it says nothing.
        """
        now_s = self._clock()
        frames, seconds = self.frames - self._reported_frames, now_s - self._reported_s
        self._reported_s, self._reported_frames = now_s, self.frames
        p50_ms, p99_ms = _percentiles(list(self._ages_ms)[-frames:] if frames else [])
        return Health(
            uptime_s=now_s - self._started_s,
            frames=self.frames,
            fps=frames / seconds if seconds > 0 else 0.0,
            frame_age_p50_ms=p50_ms,
            frame_age_p99_ms=p99_ms,
            dropped=counters.dropped,
            damaged=counters.damaged,
            reconnects=counters.reconnects,
            lost_output=counters.lost_output,
            temperature_c=temperature_c(),
            clock_mhz=clock_mhz(),
            throttled=None if throttled is None else throttled.names(),
            under_voltage=None if throttled is None else throttled.under_voltage,
            memory_mb=rss_mb(),
            fault=counters.fault,
        )

    def summary(self, counters: Counters, throttled: Throttling | None = None) -> str:
        """The whole run in one line; the ages are those of at most the last 10,000 frames.

        Its end is about this moment: the board, what ``throttled`` it, and this process's memory.
        """
        parts = [_count(self.frames, "frame"), f"{self._clock() - self._started_s:.1f} s"]
        if self.frames > 1:
            parts.append(f"{_rate(self.frames, self._first_s, self._last_s):.1f} frames/s")
        parts.append(f"{counters.dropped} dropped")
        if counters.damaged:
            parts.append(f"{counters.damaged} damaged")
        if counters.reconnects:
            parts.append(_count(counters.reconnects, "reconnect"))
        if counters.lost_output:
            parts.append(f"{_count(counters.lost_output, 'record')} lost")
        p50_ms, p99_ms = _percentiles(list(self._ages_ms))
        if p50_ms is not None:
            parts.append(f"frame age p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms")
        return ", ".join(parts) + _board_line(throttled)


def _board_line(throttled: Throttling | None) -> str:
    """Temperature, clock, memory and trouble, as the end of a sentence; empty where unknown."""
    parts = []
    if (warmth := temperature_c()) is not None:
        parts.append(f"{warmth:.0f} degrees C")
    if (clock := clock_mhz()) is not None:
        parts.append(f"{clock} MHz")
    if (memory := rss_mb()) is not None:
        parts.append(f"{memory:.0f} MB")
    if throttled is not None:
        parts.extend(throttled.names())
    return f"; {', '.join(parts)}" if parts else ""


def _percentiles(ages_ms: list[float]) -> tuple[float | None, float | None]:
    """p50 and p99."""
    known = [age_ms for age_ms in ages_ms if math.isfinite(age_ms)]
    if not known:
        return None, None
    p50_ms, p99_ms = np.percentile(known, (50, 99))
    return float(p50_ms), float(p99_ms)


def _rate(stamps: int, first_s: float, last_s: float) -> float:
    """Frames per second: n stamps have n - 1 gaps between them."""
    return (stamps - 1) / (last_s - first_s) if last_s > first_s else 0.0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
