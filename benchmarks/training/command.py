"""What the table commands share: their options, and the loop that fills a table, row by row."""

from __future__ import annotations

import argparse
import fcntl
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.training.child import clear, convert, train
from benchmarks.training.figures import file_figures, learning_curve, training_figures
from benchmarks.training.job import Job
from benchmarks.training.results import Results, this_machine
from edge.errors import EdgeError, OutputError, UsageError

Figures = Mapping[str, Any]

WORK = Path("build/training")
RESULTS = Path("benchmarks/results")


def add_common(parser: argparse.ArgumentParser, json: Path | None) -> None:
    """--seeds, --only, --work, --json, --table and --keep."""
    add = parser.add_argument
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="N", help="default 0 1 2")
    add("--only", nargs="+", metavar="ROW", help="of the table's rows, not all")
    add("--work", type=Path, default=WORK, metavar="DIR",
        help=f"where trainings lie while they are needed (default {WORK})")  # fmt: skip
    named = json or f"{RESULTS}/training-NAME.json"
    add("--json", type=Path, default=json, metavar="FILE",
        help=f"the table's figures, gone on with (default {named})")  # fmt: skip
    add("--table", action="store_true", help="train nothing, print what is there")
    add("--keep", action="store_true", help="keep each run folder (about 30 MB for CIFAR-10)")


def check_common(args: argparse.Namespace, rows: Sequence[str]) -> None:
    """Raise UsageError for negative seeds and for rows that are none."""
    if min(args.seeds) < 0:
        raise UsageError("--seeds: need numbers of 0 or more")
    unknown = sorted(set(args.only or ()) - set(rows))
    if unknown:
        raise UsageError(f"--only: no row {unknown[0]}; there are {', '.join(rows)}")


def measured(job: Job, work: Path) -> dict[str, Any]:
    """Train, convert where the job says so, and the figures of both."""
    run = train(job, work)
    figures = training_figures(run)
    if job.conversion is not None:
        figures |= file_figures(convert(job, run, work)) | {"curve": learning_curve(run)}
    return figures


def fill(
    results: Results,
    jobs: Sequence[Job],
    work: Path,
    *,
    keep: bool,
    measure: Callable[[Job, Path], Figures] = measured,
) -> int:
    """Measure each job that ``results`` lacks, one after the other; how many of them failed."""
    missing = [job for job in jobs if not results.has(job)]
    print(f"{results.path}: {len(jobs) - len(missing)} of {len(jobs)} rows are there", flush=True)
    failed = 0
    with _alone(work):
        for number, job in enumerate(missing, 1):
            print(f"{number} of {len(missing)}: {job.row}, seed {job.seed} ...", flush=True)
            try:
                figures = measure(job, work)
            except OutputError:
                raise  # a full disk fails every row
            except EdgeError as error:
                print(f"error: {error}", file=sys.stderr, flush=True)
                failed += 1
                continue
            results.put(job, figures, this_machine())
            print(f"    {_line(figures)}", flush=True)
            if not keep:
                _clear(job, missing[number:], work)
    return failed


def _clear(job: Job, later: Sequence[Job], work: Path) -> None:
    """Remove the large files of ``job`` and its teacher, unless one of ``later`` needs them."""
    needed = {each.folder(work) for one in later for each in (one, one.teacher) if each}
    for done in (job, job.teacher):
        if done is not None and done.folder(work) not in needed:
            clear(done, work)


def end(failed: int) -> int:
    """The exit code; says what to do about rows that failed."""
    if failed:
        print(f"error: {failed} rows failed, see above; start again", file=sys.stderr)
    return 1 if failed else 0


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Wait until no other table is being filled: two trainings at once would spoil the times."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another command that trains in {work}", flush=True)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _line(figures: Figures) -> str:
    parts = [f"float {figures['float']['top1']:.2%}"]
    if "int8" in figures:
        parts.append(f"int8 {figures['int8']['top1']:.2%}")
    if "cpu_seconds" in figures:
        parts.append(f"{figures['seconds']:.0f} s, {figures['cpu_seconds']:.0f} CPU s")
    return ", ".join(parts)
