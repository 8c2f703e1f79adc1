"""How long invoke() of several files takes, beside each other, with every runtime at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from edge.errors import EdgeError
from edge.runtime import installed

_ROOT = Path(__file__).resolve().parents[2]

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
                found[name].append(_p50_ms(path, runtime, seconds))
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


def _p50_ms(path: Path, runtime: str, seconds: float) -> float:
    command: Sequence[str] = (
        *(sys.executable, "-m", "benchmarks.bare"),
        *(str(path.resolve()), runtime, "1", str(seconds)),
    )
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().removeprefix("error: ").splitlines()
        raise EdgeError(reason[-1] if reason else f"{path}: {runtime} ended at once")
    return round(float(json.loads(done.stdout)["p50_ms"]), 4)
