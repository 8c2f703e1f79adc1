"""Drawings as numbers: where the lines, bars and ticks of a chart lie, for the page's SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from edge.reliability import Reliability

WIDTH, HEIGHT = 320.0, 200.0  # of the area between the axes, in units of the drawing

Values = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One line of a chart."""

    name: str
    path: str  # as in SVG's d
    dots: tuple[tuple[float, float], ...]  # its points, where there are few


@dataclass(frozen=True)
class Tick:
    """One mark of an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Lines between two axes."""

    title: str
    x_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    chance: tuple[float, float] | None = None  # heights of a dashed line, at the left and right


@dataclass(frozen=True)
class Bars:
    """A reliability diagram: heights of the bars, and of the histogram below, 0 to 1."""

    accuracies: tuple[float, ...]
    counts: tuple[float, ...]  # relative to the fullest bin
    titles: tuple[str, ...]


def line_chart(
    title: str,
    x: Values,
    series: dict[str, Values],
    *,
    is_share: bool = False,
    x_label: str = "epoch",
    from_0: bool = False,
) -> Chart | None:
    """Lines over whole numbers ``x``; None where no line has two points.

    Values that are nan are left out. ``is_share`` writes the y axis in percent and ends it at 1.
    """
    xs = np.asarray(x, float)
    lines = {name: np.asarray(values, float) for name, values in series.items()}
    lines = {name: ys for name, ys in lines.items() if np.isfinite(ys).sum() > 1}
    if not lines:
        return None
    known = np.concatenate([ys[np.isfinite(ys)] for ys in lines.values()])
    low = 0.0 if from_0 else known.min()
    y_marks = _marks(low, known.max(), top=1.0 if is_share else math.inf)
    x_marks = [m for m in MaxNLocator(6, integer=True).tick_values(xs[0], xs[-1])]
    x_range, y_range = (xs.min(), xs.max()), (y_marks[0], y_marks[-1])
    return Chart(
        title=title,
        x_label=x_label,
        x_ticks=tuple(
            Tick(_across(m, x_range), f"{m:g}") for m in x_marks if xs.min() <= m <= xs.max()
        ),
        y_ticks=tuple(
            Tick(_up(m, y_range), f"{m:.0%}" if is_share else f"{m:.3g}") for m in y_marks
        ),
        lines=tuple(_line(name, xs, ys, x_range, y_range) for name, ys in lines.items()),
    )


def unit_chart(
    title: str, x_label: str, points: NDArray[np.float64], chance: tuple[float, float]
) -> Chart:
    """One curve of ``points`` (n, 2) from 0 to 1 on both axes, and the line of ``chance``."""
    whole = (0.0, 1.0)
    marks = (0.0, 0.25, 0.5, 0.75, 1.0)
    return Chart(
        title=title,
        x_label=x_label,
        x_ticks=tuple(Tick(_across(m, whole), f"{m:.0%}") for m in marks),
        y_ticks=tuple(Tick(_up(m, whole), f"{m:.0%}") for m in marks),
        lines=(_line("", points[:, 0], points[:, 1], whole, whole),),
        chance=(_up(chance[0], whole), _up(chance[1], whole)),
    )


def reliability_bars(values: Reliability) -> Bars:
    """The bars of a reliability diagram."""
    most = max(bin_.n for bin_ in values.bins)
    return Bars(
        accuracies=tuple(bin_.accuracy if bin_.n else 0.0 for bin_ in values.bins),
        counts=tuple(bin_.n / most for bin_ in values.bins),
        titles=tuple(
            f"{bin_.n:,} answers: score {bin_.score:.1%}, right {bin_.accuracy:.1%}"
            for bin_ in values.bins
        ),
    )


def _marks(low: float, high: float, top: float) -> list[float]:
    if high - low < 1e-9:
        low, high = low - 0.05 * max(1.0, abs(low)), high + 0.05 * max(1.0, abs(high))
    marks = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, min(high, top))
    return [float(m) for m in marks if m <= top + 1e-9]


def _line(
    name: str, xs: Values, ys: Values, x_range: tuple[float, float], y_range: tuple[float, float]
) -> Line:
    points = tuple(
        (_across(x, x_range), _up(y, y_range))
        for x, y in zip(xs, ys, strict=True)
        if math.isfinite(y)
    )
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return Line(name, path, points if len(points) <= 20 else ())


def _across(value: float, ends: tuple[float, float]) -> float:
    return WIDTH * (value - ends[0]) / ((ends[1] - ends[0]) or 1)


def _up(value: float, ends: tuple[float, float]) -> float:
    return HEIGHT * (1 - (value - ends[0]) / ((ends[1] - ends[0]) or 1))
