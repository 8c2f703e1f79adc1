"""Float32, float16, dynamic-range int8, full int8: what each costs and gives with each runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.child import run_in_child
from convert.conversion import Format
from convert.pictures import Pictures
from convert.proof.comparison import Drop, drop
from convert.proof.scoring import Scores
from convert.proof.timing import Job, Timing, time_invokes
from edge.errors import EdgeError
from edge.runtime import RuntimeName, installed, runtime_version
from edge.stats import Accuracy, accuracy

NAMES: dict[Format, str] = {
    "float32": "float32",
    "float16": "float16",
    "dynamic": "dynamic-range int8",
    "int8": "full int8",
    "int16x8": "int8, int16 activations",
}
_SCORING_LIMIT_S = 3600.0
_AS_SMALL = 0.95  # a larger share of another size is no reason to prefer a format


@dataclass(frozen=True)
class Measured:
    """What a runtime did with a file that it can run."""

    accuracy: Accuracy
    drop: Drop | None  # against float32 with the same runtime; None where that does not run
    timing: Timing


@dataclass(frozen=True)
class FormatRow:
    """One format with one runtime."""

    format: Format
    bytes: int
    runtime: RuntimeName
    runtime_version: str
    result: Measured | str  # or the line that says why it does not run

    def to_json(self) -> dict[str, Any]:
        """``fault`` instead of ``accuracy``, ``drop`` and ``invoke`` where it does not run."""
        fields = {
            "format": self.format,
            "bytes": self.bytes,
            "runtime": self.runtime,
            "runtime_version": self.runtime_version,
        }
        if isinstance(self.result, str):
            return fields | {"fault": self.result}
        lost = self.result.drop
        return fields | {
            "accuracy": self.result.accuracy.to_json(),
            "drop": None if lost is None else lost.to_json(),
            "invoke": self.result.timing.to_json(),
        }


def compare_formats(
    files: Mapping[Format, Path],
    pictures: Pictures,
    *,
    most: int = 1000,
    seed: int = 0,
    threads: int = 1,
    rounds: int = 5,
) -> tuple[FormatRow, ...]:
    """Every file of ``files`` with every installed runtime, each in child processes.

    All are judged on the same pictures: at most ``most`` of ``pictures``, drawn by ``seed``, and
    timed in ``rounds``. A file that a runtime cannot run, or that crashes it, is a row that says
    so.
    """
    sample = _sample(pictures, most, seed)
    jobs = [
        (format_, Job(path, runtime)) for format_, path in files.items() for runtime in installed()
    ]
    timings = time_invokes([job for _, job in jobs], sample.pixels, threads=threads, rounds=rounds)
    scores = {
        (format_, job.runtime): _scores(job, timing, sample.pixels, threads)
        for (format_, job), timing in zip(jobs, timings, strict=True)
    }
    return tuple(
        FormatRow(
            format=format_,
            bytes=job.path.stat().st_size,
            runtime=job.runtime,
            runtime_version=runtime_version(job.runtime),
            result=_measured(
                scores[format_, job.runtime],
                scores.get(("float32", job.runtime)),
                timing,
                sample.class_ids,
            ),
        )
        for (format_, job), timing in zip(jobs, timings, strict=True)
    )


def justify(rows: Sequence[FormatRow], chosen: Format) -> str:
    """One sentence: is ``chosen`` the right format on this machine.

    It is compared with the fastest of the formats that run wherever it runs. The verdict is that of
    the first runtime, which is the one the app takes; two formats count as equally fast when the
    medians of their rounds overlap.
    """
    ours = _runs(rows, chosen)
    if not ours:
        return f"{_capital(chosen)} cannot be judged here: no installed runtime runs it."
    every = {row.format: _runs(rows, row.format) for row in rows if row.format != chosen}
    rivals = {name: runs for name, runs in every.items() if runs.keys() >= ours.keys()}
    unfit = [NAMES[name] for name in every if name not in rivals]
    partly = f"; {_listed(unfit)} did not run with each runtime here" if unfit else ""
    if not rivals:
        return (
            f"{_capital(chosen)} is the only format that runs with {_listed(list(ours))}{partly}."
        )
    fastest = [
        min(rivals, key=lambda name: rivals[name][runtime].timing.p50_ms) for runtime in ours
    ]
    ratios = [
        f"{result.timing.p50_ms / rivals[rival][runtime].timing.p50_ms:.2f} x the time of"
        f" {NAMES[rival]} with {runtime}"
        for (runtime, result), rival in zip(ours.items(), fastest, strict=True)
    ]
    first, rival = next(iter(ours)), fastest[0]
    smaller = _bytes(rows, chosen) / _bytes(rows, rival)
    verdict, advice = _judge(ours[first].timing, rivals[rival][first].timing, smaller, rival)
    change = ours[first].drop
    lost = "" if change is None else f", with {_loss(change)} against float32"
    return (
        f"{_capital(chosen)} is {verdict}: it takes {_listed(ratios)}, the fastest other format,"
        f" and {smaller:.2f} x the size of {NAMES[rival]}{lost}{partly}{advice}."
    )


def _judge(ours: Timing, other: Timing, size_ratio: float, rival: Format) -> tuple[str, str]:
    """The verdict on this machine, and what to do where it is no."""
    is_smaller = size_ratio < _AS_SMALL
    if ours.overlaps(other):
        if is_smaller:
            return "justified on this machine by its size alone", ""
    elif ours.p50_ms < other.p50_ms:
        return "justified on this machine", ""
    elif is_smaller:
        return "justified on this machine only where size matters more than time", ""
    return "not justified on this machine", f"; --format {rival} serves it better"


def _runs(rows: Sequence[FormatRow], format_: Format) -> dict[RuntimeName, Measured]:
    """What each runtime that runs ``format_`` did with it."""
    return {
        row.runtime: row.result
        for row in rows
        if row.format == format_ and isinstance(row.result, Measured)
    }


def _bytes(rows: Sequence[FormatRow], format_: Format) -> int:
    return next(row.bytes for row in rows if row.format == format_)


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _loss(change: Drop) -> str:
    low, high = change.interval
    if low <= 0 <= high:
        return f"no measurable loss (n = {change.n:,})"
    word = "a loss" if change.points > 0 else "a gain"
    return f"{word} of {abs(change.points):.2f} points (n = {change.n:,})"


def _capital(format_: Format) -> str:
    return NAMES[format_][0].upper() + NAMES[format_][1:]


def _sample(pictures: Pictures, most: int, seed: int) -> Pictures:
    """``pictures``, or ``most`` of them in their order."""
    if len(pictures) <= most:
        return pictures
    chosen = np.sort(np.random.default_rng(seed).permutation(len(pictures))[:most])
    return Pictures(pictures.pixels[chosen], pictures.class_ids[chosen], pictures.names[chosen])


def _scores(
    job: Job, timing: Timing | str, frames: NDArray[np.uint8], threads: int
) -> Scores | str:
    """The file's scores, or why there are none."""
    if isinstance(timing, str):
        return timing  # it did not run for the clock, so it will not run for the pictures
    try:
        scores, _, _ = run_in_child(
            "convert.proof.scoring:score_file",
            *(job.path, job.runtime, frames, threads),
            timeout_s=_SCORING_LIMIT_S,
        )
    except EdgeError as error:
        return str(error).removeprefix(f"{job.path}: ")
    answers: Scores = scores
    return answers


def _measured(
    scores: Scores | str,
    reference: Scores | str | None,
    timing: Timing | str,
    class_ids: NDArray[np.int64],
) -> Measured | str:
    if isinstance(scores, str):
        return scores
    assert not isinstance(timing, str)  # without times there are no scores
    return Measured(
        accuracy=accuracy(scores, class_ids),
        drop=None
        if reference is None or isinstance(reference, str)
        else drop(reference, scores, class_ids),
        timing=timing,
    )
