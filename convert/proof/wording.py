"""Figures as the report writes them."""

from __future__ import annotations

from convert.proof.comparison import Drop
from edge.stats import Accuracy


def signed(value: float, digits: int = 2) -> str:
    """With a sign, and the minus of typography; nothing is -0."""
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        return f"{0:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def points(value: float, digits: int = 2) -> str:
    """Percentage points, signed."""
    return f"{signed(value, digits)} points"


def interval(value: Accuracy) -> str:
    """The 95 % interval of an accuracy, in percent."""
    low, high = value.interval
    return f"{100 * low:.2f} to {100 * high:.2f}"


def drop_interval(value: Drop) -> str:
    """The 95 % interval of a drop, in points."""
    low, high = value.interval
    return f"{signed(low)} to {signed(high)}"


def size(count: int) -> str:
    """Bytes in the unit that leaves three or four figures."""
    if count < 1e6:
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.2f} MB"


def milliseconds(*values: float) -> list[str]:
    """Times that stand together, all with as many digits as the shortest needs."""
    shortest = min(values, default=0.0)
    digits = 3 if shortest < 0.1 else 2 if shortest < 10 else 1
    return [f"{value:.{digits}f}" for value in values]


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.2f} \N{MULTIPLICATION SIGN}"
