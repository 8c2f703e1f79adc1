"""Minutes at full rate, in windows: does the board keep its speed when it gets warm?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from edge.board import clock_mhz, temperature_c, throttling
from edge.stats import Percentiles


@dataclass(frozen=True)
class Window:
    """Some seconds of full rate, and how the board was at their end; None for what is unknown."""

    start_s: float  # since the sustained run began
    seconds: float
    frames: int
    p50_ms: float  # frame to label
    p90_ms: float
    p99_ms: float
    temperature_c: float | None  # of the CPU, degrees Celsius
    clock_mhz: int | None  # of the fastest core
    throttled_bits: int | None  # the Raspberry Pi firmware's word
    throttled: tuple[str, ...] | None  # what its bits mean

    @property
    def fps(self) -> float:
        """Frames classified per second."""
        return self.frames / self.seconds

    def to_json(self) -> dict[str, Any]:
        """All fields and ``fps``."""
        rounded = {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        return {**rounded, "fps": round(self.fps, 2)}


def windows(
    classify_ms: Callable[[], float],
    minutes: float,
    window_s: float,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Window]:
    """One ``Window`` after the other for so many minutes; ``classify_ms`` does one frame.

    The sensors are read between two windows, so that their cost is in none.
    """
    began_s = clock()
    until_s = began_s + minutes * 60
    while (start_s := clock()) < until_s:
        end_s = min(start_s + window_s, until_s)
        times_ms = [classify_ms()]
        while clock() < end_s:
            times_ms.append(classify_ms())
        seconds = clock() - start_s
        of = Percentiles.of(times_ms)
        bits = throttling()
        yield Window(
            start_s - began_s,
            seconds,
            len(times_ms),
            of.p50_ms,
            of.p90_ms,
            of.p99_ms,
            temperature_c(),
            clock_mhz(),
            None if bits is None else bits.bits,
            None if bits is None else bits.names(),
        )


def verdict(told: list[dict[str, Any]]) -> str:
    """One sentence on what ``windows`` found, as JSON objects: the first window and the slowest."""
    first, slowest = told[0], max(told, key=lambda window: float(window["p50_ms"]))
    words = [
        f"{len(told)} windows: p50 {first['p50_ms']:.3f} ms in the first,"
        f" {told[-1]['p50_ms']:.3f} ms in the last,"
        f" {slowest['p50_ms']:.3f} ms in the slowest ({slowest['p50_ms'] / first['p50_ms']:.2f}x)"
    ]
    warmth = [window["temperature_c"] for window in told if window["temperature_c"] is not None]
    if warmth:
        words.append(f"{warmth[0]:.0f} to {max(warmth):.0f} degrees C")
    clocks = [window["clock_mhz"] for window in told if window["clock_mhz"] is not None]
    if clocks:
        words.append(f"{min(clocks)} to {max(clocks)} MHz")
    if told[0]["throttled"] is None:
        words.append("throttling unknown")
    else:
        names = sorted({name for window in told for name in window["throttled"]})
        words.append(", ".join(names) or "never throttled")
    return "; ".join(words)
