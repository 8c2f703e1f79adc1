"""How long recipes take to an accuracy, from the curves of their trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from benchmarks.training.recipes import RECIPES, TEACHERS, TEXTBOOKS, rows_of
from benchmarks.training.results import Results

TARGET = 0.7945  # validation accuracy
Curve = Sequence[Sequence[float]]  # of each epoch: number, validation accuracy, CPU s, s

_ACCURACY, _CPU, _WALL = 1, 2, 3  # places in a curve's point


def cost_to(curve: Curve, target: float) -> tuple[float, float] | None:
    """CPU seconds and seconds at the end of the first epoch with ``target``; None without one.

    Whole epochs count, as a model can only be had at the end of one.
    """
    for point in curve:
        if point[_ACCURACY] >= target:
            return point[_CPU], point[_WALL]
    return None


def reaching_table(results: Results, target: float = TARGET) -> str:
    """CPU time of each recipe to ``target``, and how often it fits into a textbook's, as Markdown.

    The textbook recipe to compare with is the fastest one that gets there with every seed.
    """
    curves = {
        # Not of those who had a teacher: it took far longer to learn than they did.
        name: [row["curve"] for row in rows_of(name, results) if row.get("curve")]
        for name in RECIPES
        if name not in TEACHERS
    }
    base = textbook_cost(curves, target)
    lines = [
        f"\n| recipe | CPU s to {target:.2%} of the validation pictures (range) | wall s |"
        " seeds that get there | times as fast as the fastest textbook recipe |"
        "\n|---|---|---|---|---|"
    ]
    lines += [_line(name, found, base, target) for name, found in curves.items() if found]
    return "\n".join(lines)


def textbook_cost(curves: Mapping[str, Sequence[Curve]], target: float) -> float | None:
    """Mean CPU seconds of the fastest textbook recipe to ``target``; None if no one gets there."""
    means = []
    for name in TEXTBOOKS:
        costs = [cost_to(curve, target) for curve in curves.get(name, ())]
        reached = [cost[0] for cost in costs if cost]
        if costs and len(reached) == len(costs):
            means.append(fmean(reached))
    return min(means, default=None)


def _line(name: str, curves: Sequence[Curve], base: float | None, target: float) -> str:
    costs = [cost for curve in curves if (cost := cost_to(curve, target))]
    there = f"{len(costs)} of {len(curves)}"
    if not costs:
        spent = fmean(curve[-1][_CPU] for curve in curves)
        return f"| {name} | not in {spent:,.0f} | | {there} | |"
    cpu = [cost[0] for cost in costs]
    wall = fmean(cost[1] for cost in costs)
    spread = f" ({min(cpu):,.0f} to {max(cpu):,.0f})" if len(cpu) > 1 else ""
    # A mean over the seeds that get there would flatter a recipe that does not always.
    faster = f" {base / fmean(cpu):.1f}" if base and len(costs) == len(curves) else ""
    return f"| {name} | {fmean(cpu):,.0f}{spread} | {wall:,.0f} | {there} |{faster} |"
