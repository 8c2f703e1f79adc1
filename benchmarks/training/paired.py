"""What seeds show together: means with their range, and differences paired by seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from scipy.stats import t as student

Row = Mapping[str, Any]
Figure = Callable[[Row], float]


@dataclass(frozen=True)
class Seeds:
    """One figure of several seeds."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The arithmetic mean."""
        return fmean(self.values)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the mean by Student's t; endless for one seed."""
        n = len(self.values)
        if n < 2:
            return -math.inf, math.inf
        half = float(student.ppf(0.975, n - 1)) * stdev(self.values) / math.sqrt(n)
        return self.mean - half, self.mean + half

    def verdict(self) -> str:
        """Of differences where more is better: what so many seeds show."""
        if len(self.values) < 2:
            return "one seed"
        low, high = self.interval
        if low > 0:
            return "**helps**"
        return "**hurts**" if high < 0 else "no difference seen"

    def share(self) -> str:
        """A share as mean and range."""
        low, high = min(self.values), max(self.values)
        return f"{self.mean:.2%}" + (f" ({low:.2%} to {high:.2%})" if len(self.values) > 1 else "")

    def points(self) -> str:
        """A difference of shares, as percentage points with the interval."""
        low, high = self.interval
        text = f"{100 * self.mean:+.2f}"
        return text + (f" ({100 * low:+.2f} to {100 * high:+.2f})" if math.isfinite(low) else "")


def seeds_of(rows: Sequence[Row], name: str, figure: Figure) -> Seeds:
    """``figure`` of each row called ``name``, by seed."""
    return Seeds(tuple(_by_seed(rows, name, figure).values()))


def differences(rows: Sequence[Row], name: str, base: str, figure: Figure) -> Seeds | None:
    """How much more rows called ``name`` have than those called ``base`` of the same seed.

    None where the two have no seed in common.
    """
    tried, bases = _by_seed(rows, name, figure), _by_seed(rows, base, figure)
    common = sorted(tried.keys() & bases.keys())
    return Seeds(tuple(tried[seed] - bases[seed] for seed in common)) if common else None


def names_of(rows: Sequence[Row]) -> list[str]:
    """The rows' names, each once, in order."""
    return list(dict.fromkeys(str(row["row"]) for row in rows))


def _by_seed(rows: Sequence[Row], name: str, figure: Figure) -> dict[int, float]:
    found = {int(row["seed"]): figure(row) for row in rows if row["row"] == name}
    return dict(sorted(found.items()))
