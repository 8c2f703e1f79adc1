"""Whether what a process holds grows: samples over time to a slope and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_S_PER_H = 3600.0


@dataclass(frozen=True)
class Growth:
    """How a series of samples developed; units are those of the samples.

    The slope is of the second half, by least squares: start-up and the first connections are over
    by then. The medians are of the run's first and last quarter, so that the moments in which a
    connection is replaced count for nothing.
    """

    slope_per_h: float
    first_median: float
    last_median: float


def growth(times_s: Sequence[float], values: Sequence[float]) -> Growth:
    """Of ``values`` at ``times_s`` seconds, ascending; at least four of them."""
    times, samples = np.asarray(times_s, float), np.asarray(values, float)
    quarter, half = max(1, len(samples) // 4), len(samples) // 2
    first, last = samples[:quarter], samples[-quarter:]
    slope_per_s = np.polyfit(times[half:] - times[half], samples[half:], 1)[0]
    return Growth(
        slope_per_h=round(float(slope_per_s) * _S_PER_H, 3),
        first_median=float(np.median(first)),
        last_median=float(np.median(last)),
    )
