"""How long invoke() of several files takes, beside each other, with every runtime at hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.bare import bare_loop
from edge.runtime import installed

Times = dict[str, dict[str, list[float]]]  # by runtime, by name: the p50 of each round, ms


def invoke_times(files: Mapping[str, Path], *, rounds: int, seconds: float) -> Times:
    """The p50 of each of ``files`` by name, ``rounds`` times in turn, one thread, a fresh process.

    In turn, so that what else the machine does meets all of them alike. Raises EdgeError when a
    file does not run.
    """
    times: Times = {}
    for runtime in installed():
        found: dict[str, list[float]] = {name: [] for name in files}
        for _ in range(rounds):
            for name, path in files.items():
                measured = bare_loop(path, runtime, 1, seconds)
                found[name].append(round(measured["p50_ms"], 4))
        times[runtime] = found
    return times


def invoke_cells(times: Times, name: str, base: str) -> str:
    """A cell of each runtime: milliseconds, and their ratio to ``base`` in the same round."""
    cells = []
    for found in times.values():
        if name not in found:
            cells.append("")
            continue
        over = [one / other for one, other in zip(found[name], found[base], strict=True)]
        cells.append(f"{median(found[name]):.3f} (x {median(over):.2f})")
    return " | ".join(cells)
