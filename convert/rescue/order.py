"""The rescue: tries one way after the other until a file passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.conversion import Io
from convert.layers import LayerCost
from convert.rescue.attempt import Attempt, Candidate, Jury
from convert.rescue.bench import Bench
from convert.rescue.ways import WAYS
from convert.subject import Subject
from edge.errors import DataError, EdgeError

_STEPS = 400  # batches of the fine-tune


@dataclass(frozen=True)
class Rescue:
    """Everything that was tried."""

    attempts: tuple[Attempt, ...]  # the file that failed first, then in order
    skipped: tuple[str, ...]  # sentences: ways that this model closes, and why
    winner: bytes | None  # the first file that passes on the validation pictures, if any
    won_by: Attempt | None
    layers: tuple[LayerCost, ...]  # the costliest first; empty when that way was not reached
    float_ms: float  # median of one inference of the float32 file

    def to_json(self) -> dict[str, Any]:
        """What card and report record."""
        return {
            "attempts": [attempt.to_json() for attempt in self.attempts],
            "skipped": list(self.skipped),
            "won_by": self.won_by.what if self.won_by else None,
            "layers": [cost.to_json() for cost in self.layers[:10]],
        }

    def table(self) -> str:
        """The attempts as a person reads them."""
        head = (
            f"{'way':<19}{'drop':>7}{'accuracy':>10}{'divergence':>12}"
            f"{'bytes':>12}{'invoke':>10}{'took':>8}  what"
        )
        lines = [head, *map(_row, self.attempts), *self.skipped]
        if self.won_by is None:
            lines.append("none passes")
        else:
            n = self.won_by.verdict.drop.n
            lines.append(f"the first that passes on {n:,} validation pictures: {self.won_by.what}")
        return "\n".join(lines)


def rescue(
    subject: Subject,
    float32: bytes,
    first: bytes,
    max_drop: float,
    seed: int,
    *,
    calibration: NDArray[np.uint8],
    io: Io = "uint8",
    try_all: bool = False,
    fine_tune_steps: int = _STEPS,
    told: Callable[[Attempt], None] = lambda attempt: None,
) -> Rescue:
    """Look for an int8 file that loses at most ``max_drop`` percentage points.

    ``float32`` and ``first`` are the float file and the int8 file that failed, ``calibration`` the
    pixels (n, height, width, channels) that gave the latter's ranges. Everything is measured, and
    the winner chosen, on the subject's validation pictures; judge the winner on the test pictures.
    The first file that passes ends the search, unless ``try_all``. ``told`` hears of each attempt.
    Raises DataError without validation pictures.
    """
    if subject.validation is None or not len(subject.validation):
        raise DataError(
            f"{subject.source.path}: --rescue chooses by validation pictures, and there are none;"
            " convert a run folder, or leave --rescue out"
        )
    jury = Jury(subject, subject.validation, float32, max_drop)
    with TemporaryDirectory(prefix="rescue-") as scratch:
        bench = Bench(subject, jury, calibration, seed, io, Path(scratch), fine_tune_steps)
        told(bench.judge(Candidate("first", "as converted", first, 0.0)))
        winner: tuple[Candidate, Attempt] | None = None
        for candidate in _candidates(bench):
            attempt = bench.judge(candidate)
            told(attempt)
            if winner is None and attempt.passes:
                winner = candidate, attempt
            if winner is not None and not try_all:
                break
    return Rescue(
        attempts=tuple(attempt for _, attempt in bench.judged),
        skipped=tuple(bench.skipped),
        winner=winner[0].data if winner else None,
        won_by=winner[1] if winner else None,
        layers=bench.layers,
        float_ms=jury.float_ms,
    )


def _candidates(bench: Bench) -> Iterator[Candidate]:
    """All ways' candidates, each made only when it is asked for."""
    for way in WAYS:
        try:
            yield from way(bench)
        except EdgeError as error:
            # A way that this model closes does not close the others.
            bench.skipped.append(str(error))


def _row(attempt: Attempt) -> str:
    return (
        f"{attempt.name:<19}{attempt.drop_points:>+7.2f}{attempt.accuracy.top1:>10.2%}"
        f"{attempt.divergence:>12.4f}"
        f"{attempt.size_bytes:>12,}{attempt.invoke_ms:>7.2f} ms{attempt.seconds:>6.0f} s"
        f"  {attempt.what}"
    )
