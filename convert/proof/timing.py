"""How long the interpreter takes for one frame, every file and runtime in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convert.child import run_in_child
from edge.classifier import Classifier
from edge.errors import EdgeError
from edge.runtime import RuntimeName

_FEWEST, _MOST = 10, 2000  # invokes a round
_WARMUP_S = 0.3  # clocks rise and caches fill within it
_SAMPLE_FRAMES = 8
_LIMIT_S = 120.0  # of one round, loading included


class Job(NamedTuple):
    """A file and the runtime that shall run it."""

    path: Path
    runtime: RuntimeName


@dataclass(frozen=True)
class Timing:
    """Times of ``Classifier.invoke`` over several rounds, in milliseconds."""

    p50_ms: float
    p95_ms: float
    n: int  # invokes timed, all rounds together
    round_p50s_ms: tuple[float, ...]  # the median of each round: how far the machine can be trusted

    @classmethod
    def of(cls, rounds: Sequence[Sequence[float]]) -> Timing:
        """Of one round or more, each of one time or more."""
        times_ms = [time_ms for times_ms in rounds for time_ms in times_ms]
        p50, p95 = np.percentile(times_ms, (50, 95))
        medians = tuple(float(np.median(times_ms)) for times_ms in rounds)
        return cls(float(p50), float(p95), len(times_ms), medians)

    def overlaps(self, other: Timing) -> bool:
        """True when the rounds of both do not tell which one is faster."""
        return min(self.round_p50s_ms) <= max(other.round_p50s_ms) and min(
            other.round_p50s_ms
        ) <= max(self.round_p50s_ms)

    @property
    def unrest(self) -> float:
        """How much slower the slowest round was than the fastest, 1 or more."""
        return max(self.round_p50s_ms) / min(self.round_p50s_ms)

    def to_json(self) -> dict[str, Any]:
        """Keys ``p50_ms``, ``p95_ms``, ``n``, ``round_p50s_ms``."""
        return {
            "p50_ms": round(self.p50_ms, 4),
            "p95_ms": round(self.p95_ms, 4),
            "n": self.n,
            "round_p50s_ms": [round(value, 4) for value in self.round_p50s_ms],
        }


def time_invokes(
    jobs: Sequence[Job],
    frames: NDArray[np.uint8],
    *,
    rounds: int = 5,
    seconds: float = 0.4,
    threads: int = 1,
) -> list[Timing | str]:
    """Time each of ``jobs`` on ``frames`` (n, height, width, channels).

    Every round starts a fresh process for every job, one after the other, so that a change in the
    machine's speed hits all alike. A job that fails or crashes has a line that says why instead
    of times.
    """
    series: list[list[list[float]]] = [[] for _ in jobs]
    faults: dict[int, str] = {}
    for _ in range(rounds):
        for number, job in enumerate(jobs):
            if number in faults:
                continue
            try:
                times_ms, _, _ = run_in_child(
                    f"{__name__}:invoke_times_ms",
                    *(job.path, job.runtime, frames[:_SAMPLE_FRAMES], seconds, threads),
                    timeout_s=_LIMIT_S,
                )
                series[number].append(times_ms)
            except EdgeError as error:
                faults[number] = str(error).removeprefix(f"{job.path}: ")
    return [faults.get(number) or Timing.of(series[number]) for number in range(len(jobs))]


def invoke_times_ms(
    path: Path, runtime: str, frames: NDArray[np.uint8], seconds: float, threads: int
) -> list[float]:
    """One round in this process: the time of each invoke, after a warm-up.

    A warm-up and at least ten invokes are made however slow they are; after ``seconds`` no more.
    """
    classifier = Classifier(path, runtime=runtime, num_threads=threads)
    tensors = [classifier.preprocess(frame) for frame in frames]
    _times_ms(classifier, tensors, 1, _WARMUP_S)
    return _times_ms(classifier, tensors, _FEWEST, seconds)


def _times_ms(
    classifier: Classifier, tensors: Sequence[NDArray[Any]], fewest: int, seconds: float
) -> list[float]:
    times_ms: list[float] = []
    until = time.perf_counter() + seconds
    while len(times_ms) < fewest or (len(times_ms) < _MOST and time.perf_counter() < until):
        tensor = tensors[len(times_ms) % len(tensors)]
        start = time.perf_counter_ns()
        classifier.invoke(tensor)
        times_ms.append((time.perf_counter_ns() - start) / 1e6)
    return times_ms
