"""Is this machine as fast as it was? A result beside a stored one of the same board and model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import DataError

Result = dict[str, Any]  # what latency.py writes

_SAME_BOARD = ("name", "cpu", "architecture", "cores")
# The name, where it stands in a run, and the unit. These decide; a cold start hangs on what the
# disk's cache holds, and the tail of the times on what else runs: both are in the files.
_JUDGED = (
    ("frame to label p50", ("stages", "frame_to_label", "p50_ms"), "ms"),
    ("memory", ("rss_mb",), "MB"),
)
# What a comparison reads of a result, and of each of its runs; the rest of the board may be absent.
_NEEDED: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("board",), dict),
    (("model", "file"), str),
    (("model", "sha256"), str),
    (("frame", "width"), int),
    (("frame", "height"), int),
)
_NEEDED_OF_RUNS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("runtime",), str),
    (("threads",), int),
    (("stages", "frame_to_label", "p50_ms"), float | int),
    (("rss_mb",), float | int | None),
)


@dataclass(frozen=True)
class Comparison:
    """One figure of one runtime and thread count, then and now; smaller is better."""

    what: str
    then: float
    now: float
    unit: str
    tolerance: float  # how much worse is still the same, as a fraction

    @property
    def ratio(self) -> float:
        """Now by then: 1.1 is 10 % worse."""
        return self.now / self.then

    @property
    def passes(self) -> bool:
        """True while it is not worse by more than the tolerance."""
        return self.ratio <= 1 + self.tolerance

    def __str__(self) -> str:
        figures = f"{self.then:.3f} -> {self.now:.3f} {self.unit}"
        judged = "pass" if self.passes else f"FAIL (worse by more than {self.tolerance:.0%})"
        return f"{self.what:<48}{figures:>26}{self.ratio:>8.3f}x  {judged}"


def read_result(path: Path) -> Result:
    """A file that latency.py wrote; DataError for anything else."""
    remedy = "give a file that latency.py --json wrote"
    try:
        result: Result = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); {remedy}") from error
    except ValueError as error:
        raise DataError(f"{path}: not a latency result (no JSON); {remedy}") from error
    if fault := _fault(result):
        raise DataError(f"{path}: not a latency result ({fault}); {remedy}")
    return result


def _fault(result: Any) -> str | None:
    """The first field that a comparison needs and does not find, or finds to be something else."""
    runs = result.get("runs") if isinstance(result, dict) else None
    if not isinstance(runs, list) or not runs:
        return "it has no runs"
    needed = [(result, "", where, kind) for where, kind in _NEEDED]
    for number, run in enumerate(runs):
        needed += [(run, f"runs[{number}].", where, kind) for where, kind in _NEEDED_OF_RUNS]
    for fields, place, where, kind in needed:
        shown = place + ".".join(where)
        try:
            value = _value(fields, where)
        except (KeyError, TypeError):
            return f"it has no {shown}"
        # Nothing is slower than what took no time.
        if not isinstance(value, kind) or (isinstance(value, float | int) and value <= 0):
            return f"its {shown} is {value!r}"
    return None


def check_comparable(now: Result, then: Result, path: Path) -> None:
    """DataError unless both have one format, board, model and frame size; needs no runs in now."""
    if now.get("format") != then.get("format"):
        raise DataError(
            f"{path}: written by a latency.py that measured otherwise; make a new one with --json"
        )
    board_now, board_then = now["board"], then["board"]
    for name in _SAME_BOARD:
        if board_now.get(name) != board_then.get(name):
            raise DataError(
                f"{path}: measured on another board ({name} {board_then.get(name)}, here"
                f" {board_now.get(name)}); compare with a result of this one"
            )
    if now["model"]["sha256"] != then["model"]["sha256"]:
        raise DataError(
            f"{path}: measured with another model ({then['model']['file']}"
            f" {then['model']['sha256'][:12]}, here {now['model']['sha256'][:12]});"
            " compare with a result of this one"
        )
    if now["frame"] != then["frame"]:
        size = "x".join(str(then["frame"][side]) for side in ("width", "height"))
        raise DataError(f"{path}: measured with frames of {size}; give --width and --height")


def compare(now: Result, then: Result, tolerance: float, path: Path) -> list[Comparison]:
    """What both have of each runtime and thread count; DataError when they share none."""
    check_comparable(now, then, path)
    before = {_pair(run): run for run in then["runs"]}
    found = [
        Comparison(
            f"{run['runtime']}, {run['threads']} thread(s), {what}",
            float(then_value),
            float(now_value),
            unit,
            tolerance,
        )
        for run in now["runs"]
        if _pair(run) in before
        for what, where, unit in _JUDGED
        # Memory is None where the machine does not tell.
        if (then_value := _value(before[_pair(run)], where)) is not None
        and (now_value := _value(run, where)) is not None
    ]
    if not found:
        raise DataError(f"{path}: no runtime and thread count that was measured here, too")
    return found


def _pair(run: dict[str, Any]) -> tuple[str, int]:
    return run["runtime"], run["threads"]


def _value(fields: Any, where: tuple[str, ...]) -> Any:
    for name in where:
        fields = fields[name]
    return fields
