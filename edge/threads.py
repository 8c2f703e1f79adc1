"""How many threads make one inference fastest here: measured once, because it depends."""

from __future__ import annotations

import hashlib
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from edge.board import read_board
from edge.errors import ModelFileError
from edge.modelfile import ModelFile
from edge.remembered import remember_threads, remembered_threads
from edge.runtime import Interpreter, RuntimeName, make_interpreter, runtime_version

_BUDGET_S = 0.4  # for all thread counts together
_FEWEST_RUNS = 3
_MOST_RUNS = 100  # their median is steady; a tiny model would fit in thousands
_WORTH_A_THREAD = 0.95  # more threads must save this much: they take cores from the capture

# Beyond it a classifier of this size only waits for its own threads.
_MOST_THREADS = 8


def load_interpreter(
    path: Path, file: ModelFile, num_threads: int | Literal["auto"], runtime: RuntimeName
) -> tuple[int, Interpreter]:
    """The number of threads, the fastest for "auto", and an interpreter that uses them.

    What is fastest is measured once for a model, a runtime and a machine. Raises ModelFileError, naming ``path``, for a model that loads but does not run.
    """
    made: dict[int, Interpreter] = {}

    def make(count: int) -> Callable[[], None]:
        interpreter = make_interpreter(file, count, runtime, name=str(path))
        made[count] = interpreter

        def run() -> None:
            try:
                interpreter.invoke()
            except (RuntimeError, ValueError) as error:
                raise ModelFileError(
                    f"{path}: {runtime} cannot run it ({error}); convert the model again"
                ) from error

        return run

    count = _fastest(make, file, runtime) if num_threads == "auto" else num_threads
    if count not in made:
        make(count)
    return count, made[count]


def _fastest(
    make: Callable[[int], Callable[[], object]], file: ModelFile, runtime: RuntimeName
) -> int:
    """The remembered number of threads for this model and board, else the measured one."""
    cores = _available_cores()
    if cores == 1:
        return 1
    digest = hashlib.sha256(file.data).hexdigest()[:16]
    board = read_board()
    machine = f"{board.name or board.architecture}, {board.cpu}, {cores} cores"
    key = f"{digest} | {runtime} {runtime_version(runtime)} | {machine}"
    count = remembered_threads(key)
    if count is None or count > cores:
        count = best_num_threads(make)
        remember_threads(key, count)
    return count


def best_num_threads(make: Callable[[int], Callable[[], object]]) -> int:
    """The number of threads, from 1 to the cores of this machine, with the smallest p50.

    ``make(num_threads)`` returns a function that runs one inference.
    """
    counts = range(1, min(_available_cores(), _MOST_THREADS) + 1)
    if len(counts) == 1:
        return 1
    best, best_s = 1, float("inf")
    for num_threads in counts:
        seconds = _median_seconds(make(num_threads), _BUDGET_S / len(counts))
        if seconds < best_s * _WORTH_A_THREAD:
            best, best_s = num_threads, seconds
    return best


def _median_seconds(run: Callable[[], object], budget_s: float) -> float:
    run()  # the first run also packs weights and starts threads
    seconds: list[float] = []
    deadline = time.perf_counter() + budget_s
    while len(seconds) < _FEWEST_RUNS or time.perf_counter() < deadline:
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
        if len(seconds) == _MOST_RUNS:
            break
    return statistics.median(seconds)


def _available_cores() -> int:
    """The cores that this process may use: fewer than the machine's inside a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
