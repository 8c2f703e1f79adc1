"""Instruction counts as figures: from marks to stages, a table, a file, and what has grown."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge.errors import DataError

_WARMUP_SHARE = 0.5  # of the rounds: Python rewrites its bytecode as it runs, caches fill
_EMPTY = "nothing"  # the stage that does nothing: what the marks themselves cost
_COLUMNS = ("preprocess", "set_input", "read_output", "postprocess", "top_k", "decide")
_BETWEEN = "classify, between its stages"


@dataclass(frozen=True)
class Count:
    """Guest instructions of one frame: the median of each stage over the rounds after warm-up."""

    system: str  # "bookworm"
    board: str  # "pi4"
    cpu: str  # "cortex-a72"
    runtime: str  # "litert", "tflite-runtime"
    model: str  # the file's name
    sha256: str  # of the file
    versions: dict[str, str]  # python, numpy, opencv, runtime
    stages: dict[str, int]  # by name, with "invoke", and "classify": a whole Classifier.classify

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is a count of."""
        return self.model, self.system, self.runtime, self.board

    @property
    def name(self) -> str:
        """``key`` for people."""
        return f"{self.model}, {self.runtime} on {self.system}, {self.board}"

    @property
    def own(self) -> int:
        """What the pipeline itself executes for a frame: all but the inference."""
        return self.stages["classify"] - self.stages["invoke"] + self.stages["decide"]

    @property
    def between(self) -> int:
        """Of ``own``, what belongs to no stage."""
        return self.own - sum(self.stages[name] for name in _COLUMNS)


def read_marks(text: str, stages: Sequence[str]) -> dict[str, int]:
    """Median instructions of each stage but the empty one, from lines "number count".

    Stage i begins with mark 2 * i and ends with 2 * i + 1, round after round. Raises DataError
    when that is not so.
    """
    counts: dict[str, list[int]] = {name: [] for name in stages}
    marks = [tuple(map(int, line.split())) for line in text.splitlines()]
    expected = 2 * len(stages)
    if not marks or len(marks) % expected:
        raise DataError(f"{len(marks)} marks for {len(stages)} stages: the guest ended too early")
    for position in range(0, len(marks), 2):
        (begin, before), (end, after) = marks[position], marks[position + 1]
        if (begin, end) != (position % expected, position % expected + 1):
            raise DataError(f"marks {begin} and {end} out of order: the guest is not single")
        counts[stages[begin // 2]].append(after - before)
    medians = {
        name: statistics.median_low(values[int(len(values) * _WARMUP_SHARE) :])
        for name, values in counts.items()
    }
    mark = medians.pop(_EMPTY)
    return {name: median - mark for name, median in medians.items()}


def write_counts(counts: Sequence[Count], command: str, facts: Mapping[str, Any]) -> bytes:
    """The content of a result file; the same counts give the same bytes."""
    rows = [asdict(count) | {"own": count.own} for count in counts]
    return json.dumps({"command": command, **facts, "rows": rows}, indent=1).encode() + b"\n"


def read_counts(path: Path) -> list[Count]:
    """The counts of a result file; DataError when it is none."""
    try:
        rows = json.loads(path.read_text())["rows"]
        return [
            Count(**{name: value for name, value in row.items() if name != "own"}) for row in rows
        ]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); name a result file") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: holds no counts ({error!r}); make it with `count --json {path.name}`"
        ) from error


@dataclass(frozen=True)
class Change:
    """One count beside the same one of before."""

    before: Count
    after: Count

    @property
    def growth(self) -> float:
        """Of the pipeline's own instructions: 0.05 is 5 % more."""
        return self.after.own / self.before.own - 1

    @property
    def worst_stage(self) -> str:
        """The stage of the pipeline that gained most instructions, or what is between them."""
        gains = {name: self.after.stages[name] - self.before.stages[name] for name in _COLUMNS}
        gains[_BETWEEN] = self.after.between - self.before.between
        return max(gains, key=lambda name: gains[name])

    @property
    def others(self) -> str:
        """What besides the pipeline is another one, such as "opencv 4.10.0 before, 4.14.0 now"."""
        before, after = self.before.versions, self.after.versions
        return ", ".join(
            f"{name} {before.get(name, 'unknown')} before, {version} now"
            for name, version in after.items()
            if before.get(name) != version
        )


def not_compared(before: Sequence[Count], after: Sequence[Count]) -> list[str]:
    """Why ``compare`` leaves counts of ``after`` out, a line each."""
    known = {count.key: count for count in before}
    lines = []
    for count in after:
        if count.key not in known:
            lines.append(f"{count.name}: not compared, it was not counted before")
        elif known[count.key].sha256 != count.sha256:
            lines.append(f"{count.name}: not compared, the model is another file than before")
    return lines


def compare(before: Sequence[Count], after: Sequence[Count]) -> list[Change]:
    """The counts that are in both, of the same file with the same runtime.

    Raises DataError when there is none: a comparison of nothing would always pass.
    """
    known = {count.key: count for count in before}
    changes = [
        Change(known[count.key], count)
        for count in after
        if count.key in known and known[count.key].sha256 == count.sha256
    ]
    if not changes:
        raise DataError(
            "nothing to compare: no model, system, runtime and board is the same in both; "
            "count the same ones, or make the file anew with --json"
        )
    return changes


def table(counts: Sequence[Count]) -> str:
    """Markdown: thousands of instructions, a row a count."""
    names = ["model", "system", "runtime", "core", "invoke", *_COLUMNS, "classify", "own"]
    lines = ["| " + " | ".join(name.replace("_", " ") for name in names) + " |"]
    lines.append("|" + "---|" * 4 + "---:|" * (len(names) - 4))
    for count in counts:
        stages = [f"{count.stages[name] / 1000:,.1f}" for name in ("invoke", *_COLUMNS, "classify")]
        cells = [count.model, count.system, f"{count.runtime} {count.versions['runtime']}"]
        cells += [count.cpu, *stages, f"{count.own / 1000:,.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
