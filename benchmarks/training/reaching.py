"""How long recipes take to an accuracy, from the curves of their trainings."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from benchmarks.training.paired import Row
from benchmarks.training.recipes import RECIPES, TEXTBOOK
from benchmarks.training.results import Results

TARGET = 0.7945  # validation accuracy
_ACCURACY, _CPU, _WALL = 1, 2, 3  # places in a curve's point


def cost_to(curve: Sequence[Sequence[float]], target: float) -> tuple[float, float] | None:
    """CPU seconds and seconds at the end of the first epoch with ``target``; None without one.

    ``curve`` has epoch, validation accuracy (0 to 1), CPU seconds and seconds of each epoch. Whole
    epochs count, as a model can only be had at the end of one.
    """
    for point in curve:
        if point[_ACCURACY] >= target:
            return point[_CPU], point[_WALL]
    return None


def reaching_table(results: Results, target: float = TARGET) -> str:
    """CPU time of each recipe to ``target``, and the textbook recipe's in it, as Markdown.

    Where a seed of the textbook recipe never gets there, the time of its whole training stands
    for it, and the ratio is at least what is said.
    """
    rows = [row for row in results.rows if row.get("curve")]
    lines = [
        f"\n| recipe | CPU s to {target:.2%} of the validation pictures (range) | wall s |"
        " seeds that get there | times as fast |\n|---|---|---|---|---|"
    ]
    base = [row for row in rows if row["row"] == TEXTBOOK]
    for name in RECIPES:
        chosen = [row for row in rows if row["row"] == name]
        if chosen:
            lines.append(_line(name, chosen, base, target))
    return "\n".join(lines)


def _line(name: str, rows: Sequence[Row], base: Sequence[Row], target: float) -> str:
    costs = [cost for row in rows if (cost := cost_to(row["curve"], target))]
    there = f"{len(costs)} of {len(rows)}"
    if not costs:
        spent = fmean(row["curve"][-1][_CPU] for row in rows)
        return f"| {name} | not in {spent:,.0f} | | {there} | |"
    cpu = [cost[0] for cost in costs]
    wall = fmean(cost[1] for cost in costs)
    spread = f" ({min(cpu):,.0f} to {max(cpu):,.0f})" if len(cpu) > 1 else ""
    faster = _ratio(cpu, base, target) if len(costs) == len(rows) else ""
    return f"| {name} | {fmean(cpu):,.0f}{spread} | {wall:,.0f} | {there} | {faster} |"


def _ratio(cpu: Sequence[float], base: Sequence[Row], target: float) -> str:
    if not base:
        return ""
    costs = [cost_to(row["curve"], target) for row in base]
    spent = [
        row["curve"][-1][_CPU] if cost is None else cost[0]
        for row, cost in zip(base, costs, strict=True)
    ]
    least = ">= " if None in costs else ""
    return f"{least}{fmean(spent) / fmean(cpu):.1f}"
