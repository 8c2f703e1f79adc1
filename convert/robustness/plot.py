"""The robustness of a file as one picture."""

from __future__ import annotations

from io import BytesIO

from convert.robustness.measure import Robustness, Row

_DPI = 110
_COLOURS = ("#9ecae1", "#4292c6", "#08306b")  # the stronger the level, the darker


def draw(robustness: Robustness) -> bytes:
    """A PNG: a line a fault, a dot a level with its 95 % interval, beside the clean accuracy."""
    # Only here, because matplotlib takes a second to load.
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    by_fault: dict[str, list[Row]] = {}
    for row in robustness.rows:
        by_fault.setdefault(row.name, []).append(row)
    clean = robustness.clean
    figure = Figure(figsize=(8, 1.6 + 0.42 * len(by_fault)), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(*clean.interval, color="tab:green", alpha=0.15, linewidth=0)
    axes.axvline(clean.top1, color="tab:green", label=f"no fault {clean.top1:.1%}")
    for place, rows in enumerate(by_fault.values()):
        # One above the other, so that the intervals of close levels stay apart.
        for step, (row, colour) in enumerate(zip(rows, _COLOURS, strict=False)):
            low, high = row.accuracy.interval
            height = place + 0.22 * (step - (len(rows) - 1) / 2)
            axes.plot((low, high), (height, height), color=colour, linewidth=1)
            axes.plot(row.accuracy.top1, height, "o", color=colour, markersize=5)
    axes.set_yticks(range(len(by_fault)), [_title(rows) for rows in by_fault.values()])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel(f"top-1 accuracy with 95 % interval, n = {clean.n:,}; dark: strong")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    axes.grid(axis="x", alpha=0.3)
    png = BytesIO()
    figure.savefig(png, dpi=_DPI, format="png")
    return png.getvalue()


def _title(rows: list[Row]) -> str:
    levels = ", ".join(row.level for row in rows if row.level)
    return f"{rows[0].name} {levels}".strip()
