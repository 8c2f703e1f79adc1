"""How many threads make one inference fastest here: measured once, because it depends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import numpy as np

from edge.errors import ModelFileError
from edge.modelfile import ModelFile
from edge.runtime import (
    Interpreter,
    RuntimeName,
    import_interpreter,
    make_interpreter,
    runtime_version,
)

_BUDGET_S = 0.35  # for all thread counts together; one run of all cores and of one may take more
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
    # Here, as a given number of threads needs neither.
    from edge.board import machine_name
    from edge.remembered import remember_threads, remembered_threads

    import_interpreter(runtime)
    machine = f"{machine_name()}, {cores} cores"
    key = f"{file.digest.hex()[:16]} | {runtime} {runtime_version(runtime)} | {machine}"
    count = remembered_threads(key)
    if count is None or count > cores:
        count = best_num_threads(make)
        if count is None:  # no result to keep: another start may find the machine less busy
            return _most_threads()
        remember_threads(key, count)
    return count


def best_num_threads(make: Callable[[int], Callable[[], object]]) -> int | None:
    """The number of threads, from 1 to the cores of this machine, with the smallest p50.

    ``make(num_threads)`` returns a function that runs one inference. Where the time does not
    suffice for a slow model, all cores and one are compared, if need be by one run each, and what
    lies between is left out. None where a single run on all cores takes longer than all
    comparisons may.
    """
    most = _most_threads()
    if most == 1:
        return 1
    started_s = time.perf_counter()
    run = {most: make(most)}
    first_s = {most: _seconds(run[most])}
    if first_s[most] > _BUDGET_S:
        return None
    run[1] = make(1)
    first_s[1] = _seconds(run[1])
    runs_s, used_s = sum(first_s.values()), time.perf_counter() - started_s
    # A first run also packs weights and starts threads: it counts only where no second one fits.
    spare_s = _BUDGET_S - used_s - runs_s
    if spare_s < 0:
        return _fewest_worth_it(first_s)
    # What lies between is made, too, and runs twice, each time no slower than the slower of these.
    between_s = (used_s - runs_s) / 2 + 2 * max(first_s.values())
    between = [count for count in range(2, most) if between_s * (count - 1) <= spare_s]
    extra_s = (spare_s - between_s * len(between)) / (2 + len(between))
    medians = {count: _median_seconds(run[count], first_s[count] + extra_s) for count in run}
    for count in between:
        run_between = make(count)
        warm_up_s = _seconds(run_between)
        medians[count] = _median_seconds(run_between, warm_up_s + extra_s)
    return _fewest_worth_it(medians)


def _fewest_worth_it(seconds: dict[int, float]) -> int:
    """The fewest threads that no larger number of them beats by what is worth a thread."""
    best, *others = sorted(seconds)
    for num_threads in others:
        if seconds[num_threads] < seconds[best] * _WORTH_A_THREAD:
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
    """The median of as many runs as fit, of one at least; ``run`` has run before."""
    deadline = time.perf_counter() + budget_s
    seconds = [_seconds(run)]
    while len(seconds) < _MOST_RUNS and time.perf_counter() + seconds[-1] <= deadline:
        seconds.append(_seconds(run))
    return float(np.median(seconds))


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _most_threads() -> int:
    return min(_available_cores(), _MOST_THREADS)


def _available_cores() -> int:
    """The cores that this process may use: fewer than the machine's inside a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
