"""The textbooks' CNNs and ours in one table: python -m benchmarks.training.textbook --data FILE.

Trains, converts and judges each with several seeds, times their files beside each other, and tells
how long each took to the accuracy that the augmented textbook CNN is published with.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.training import paired
from benchmarks.training.command import (
    RESULTS,
    add_common,
    check_common,
    end,
    fill,
)
from benchmarks.training.invoke import invoke_cells, invoke_times
from benchmarks.training.job import Job
from benchmarks.training.paired import Row
from benchmarks.training.reaching import reaching_table
from benchmarks.training.recipes import RECIPES, job_of, rows_of
from benchmarks.training.results import Results, this_machine
from edge.cli import run_command
from edge.errors import UsageError

KIND = "textbook"
_FILES = "files"
_BASE = "textbook"  # whose file the others are timed against


def run(args: argparse.Namespace) -> int:
    """Train what is missing, time the files, print the tables."""
    check_common(args, tuple(RECIPES))
    _check_beside(args.beside)
    results = Results(args.json, KIND)
    failed = 0
    if not args.table:
        planned = jobs(args)
        failed = fill(results, planned, args.work, keep=args.keep)
        if args.rounds:
            _time(results, planned, args)
    print(table(results))
    print(reaching_table(results))
    return end(failed)


def jobs(args: argparse.Namespace) -> list[Job]:
    """A training and a conversion a recipe and seed, all of one seed before the next."""
    return [
        job_of(name, seed, args.data)
        for seed in args.seeds
        for name in RECIPES
        if not args.only or name in args.only
    ]


def table(results: Results) -> str:
    """The rows as a Markdown table."""
    times = results.about.get("invoke", {})
    runtimes = "".join(f" {name} invoke p50, ms |" for name in times)
    names = [name for name in RECIPES if rows_of(name, results)]
    lines = [
        "| recipe | int8 top-1 (range) | float top-1 (range) | n | parameters | flatbuffer, bytes |"
        f"{runtimes} minutes | CPU minutes |",
        "|---|---|---|---|---|---|---|---|" + "---|" * len(times),
    ]
    lines += [_line(name, results) for name in names]
    beside = [name for name in next(iter(times.values()), {}) if name.endswith(".tflite")]
    lines += [f"| {name} | | | | | | {invoke_cells(times, name, _BASE)} | | |" for name in beside]
    return "\n".join(lines)


def _line(name: str, results: Results) -> str:
    rows = rows_of(name, results)

    def seeds(*path: str) -> paired.Seeds:
        return paired.seeds_of(rows, name, lambda row: _at(row, path))

    times = results.about.get("invoke", {})
    cells = f" {invoke_cells(times, name, _BASE)} |" if times else ""
    size = max(row["bytes"]["graph"] for row in rows)
    return (
        f"| {name}: {RECIPES[name][1]} | {seeds('int8', 'top1').share()} |"
        f" {seeds('float', 'top1').share()} | {len(rows)} | {rows[0]['parameters']:,} |"
        f" {size:,} |{cells} {seeds('seconds').mean / 60:.1f} |"
        f" {seeds('cpu_seconds').mean / 60:.1f} |"
    )


def _at(row: Row, path: Sequence[str]) -> float:
    value: Any = row
    for name in path:
        value = value[name]
    return float(value)


def _time(results: Results, planned: Sequence[Job], args: argparse.Namespace) -> None:
    """Time the files that lie in the work folder, if other ones than last time."""
    files = {path.name: path for path in args.beside}
    for job in planned:
        made = sorted(job.folder(args.work).glob("model_int8*.tflite"))
        if made:
            files.setdefault(job.row, made[0])  # all seeds' graphs cost the same
    if _BASE not in files:
        print(f"note: {_BASE} has no file in {args.work}; the times stay as they were")
        return
    if results.about.get(_FILES) == sorted(files) and not args.again:
        return
    print(f"timing {len(files)} files, {args.rounds} rounds ...", flush=True)
    results.about["invoke"] = invoke_times(files, rounds=args.rounds, seconds=args.seconds)
    results.about[_FILES] = sorted(files)
    results.about["timed_on"] = this_machine()
    results.write()


def _check_beside(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.is_file() or path.suffix != ".tflite":
            raise UsageError(f"--beside: {path} is no .tflite file; name one, or leave it out")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training.textbook",
        description="The textbooks' CNNs and ours: accuracy, size, speed, time to train.",
    )
    add = parser.add_argument
    add("--data", default="cifar10", help="CIFAR-10, as python -m train takes it")
    add("--beside", type=Path, nargs="+", default=[], metavar="FILE",
        help="other .tflite files to time in the same run")  # fmt: skip
    add("--rounds", type=int, default=9, metavar="N",
        help="of the timing; 0 leaves it out (default %(default)s)")  # fmt: skip
    add("--seconds", type=float, default=1.0, metavar="S",
        help="each file runs a round (default %(default)s)")  # fmt: skip
    add("--again", action="store_true", help="time the files once more")
    add_common(parser, RESULTS / "training-textbook.json")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
