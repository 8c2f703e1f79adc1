"""How many threads make one inference fastest here: measured once, because it depends."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import numpy as np

from edge.board import read_board
from edge.errors import ModelFileError
from edge.modelfile import ModelFile
from edge.remembered import remember_threads, remembered_threads
from edge.runtime import (
    Interpreter,
    RuntimeName,
    import_interpreter,
    make_interpreter,
    runtime_version,
)

_BUDGET_S = 0.35  # for all thread counts together
_MOST_RUNS = 100  # their median is steady; a tiny model would fit in thousands
_WORTH_A_THREAD = 0.95  # more threads must save this much: they take cores from the capture

# Beyond it a classifier of this size only waits for its own threads.
_MOST_THREADS = 8


def load_interpreter(
    path: Path, file: ModelFile, num_threads: int | Literal["auto"], runtime: RuntimeName
) -> tuple[int, Interpreter]:
    """The number of threads, the fastest for "auto", and an interpreter that uses them.

    What is fastest is measured once for a model, a runtime and a machine. Raises ModelFileError,
    naming ``path``, for a model that loads but does not run.
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
    import_interpreter(runtime)
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

    ``make(num_threads)`` returns a function that runs one inference. Where the time does not
    suffice for a slow model, all cores and one are compared, and what lies between is left out.
    """
    most = min(_available_cores(), _MOST_THREADS)
    if most == 1:
        return 1
    counts = [most, *range(1, most)]
    deadline = time.perf_counter() + _BUDGET_S
    medians: dict[int, float] = {}
    for number, num_threads in enumerate(counts):
        left_s = deadline - time.perf_counter()
        if medians and left_s <= 0:
            break
        medians[num_threads] = _median_seconds(make(num_threads), left_s / (len(counts) - number))
    best, *others = sorted(medians)
    for num_threads in others:
        if medians[num_threads] < medians[best] * _WORTH_A_THREAD:
            best = num_threads
    return best


def leave_a_core_to_the_model(num_threads: int) -> None:
    """Keep the calling thread, and those that it starts, off the last core.

    A capture that is woken for each frame would else be put now and then on the core where the
    model runs, while another one idles. Nothing changes where the model's ``num_threads`` take all
    cores, or on a system that binds no threads.
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        if num_threads < len(cores):
            with suppress(OSError):  # a container may forbid it
                os.sched_setaffinity(0, cores[:-1])


def _median_seconds(run: Callable[[], object], budget_s: float) -> float:
    """The median of as many runs as fit, of one at least."""
    deadline = time.perf_counter() + budget_s
    run()  # the first run also packs weights and starts threads
    seconds: list[float] = []
    while not seconds or time.perf_counter() < deadline:
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
        if len(seconds) == _MOST_RUNS:
            break
    return float(np.median(seconds))


def _available_cores() -> int:
    """The cores that this process may use: fewer than the machine's inside a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
