"""How the running app does: frames per second and frame age."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable

_RATE_OVER_S = 2.0
_AGES_KEPT = 10_000  # bounded, because the app runs for months


class FrameStatistics:
    """Counts classified frames and says how fast and how fresh they are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds."""
        self.frames = 0
        self.dropped = 0
        self._clock = clock
        self._started_s = clock()
        self._first_s = self._last_s = self._started_s
        self._recent_s: deque[float] = deque()
        self._ages_ms: deque[float] = deque(maxlen=_AGES_KEPT)

    def count(self, age_ms: float, dropped: int) -> None:
        """One more frame has its label, ``age_ms`` milliseconds after its capture.

        ``dropped`` is how many frames were left out since the start.
        """
        self.dropped = dropped
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

    def summary(self) -> str:
        """The whole run in one line; the age is the median of at most the last 10,000 frames."""
        parts = [_count(self.frames, "frame"), f"{self._clock() - self._started_s:.1f} s"]
        if self.frames > 1:
            parts.append(f"{_rate(self.frames, self._first_s, self._last_s):.1f} frames/s")
        parts.append(f"{self.dropped} dropped")
        if self.frames:
            parts.append(f"frame age p50 {statistics.median(self._ages_ms):.1f} ms")
        return ", ".join(parts)


def _rate(stamps: int, first_s: float, last_s: float) -> float:
    """Frames per second: n stamps have n - 1 gaps between them."""
    return (stamps - 1) / (last_s - first_s) if last_s > first_s else 0.0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
