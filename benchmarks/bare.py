"""The interpreter alone: invoke() on one random input, at once or at a pace.

python -m benchmarks.bare MODEL RUNTIME THREADS SECONDS [--fps FPS]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.child import Task, run_json
from edge.cli import run_command
from edge.runtime import make_interpreter

_WARMUP_S = 0.5
_LIMIT_S = 300


def bare_loop(
    model: Path, runtime: str, threads: int, seconds: float, fps: float | None = None
) -> dict[str, float]:
    """``p50_ms`` of an invoke(), how many a second, and ``n``, from a process of its own.

    ``fps`` begins so many a second, not each at once. Raises EdgeError with its own last word.
    """
    command = [sys.executable, "-m", "benchmarks.bare", str(model.resolve()), runtime]
    command += [str(threads), str(seconds), *(() if fps is None else ("--fps", str(fps)))]
    task = Task(f"{model}: bare loop", _LIMIT_S, "give fewer --seconds")
    found: dict[str, float] = run_json(command, task)
    return found


def run(args: argparse.Namespace) -> None:
    """Warm up, time each invoke(), one JSON object on stdout."""
    interpreter = make_interpreter(args.model, args.threads, args.runtime)
    details = interpreter.get_input_details()[0]
    pixels = np.random.default_rng(0).integers(0, 128, details["shape"])
    interpreter.set_tensor(details["index"], pixels.astype(details["dtype"]))
    pause_s = 1 / args.fps if args.fps else 0.0
    _times_ms(interpreter.invoke, _WARMUP_S, pause_s)
    start = time.perf_counter()
    times_ms = _times_ms(interpreter.invoke, args.seconds, pause_s)
    fps = len(times_ms) / (time.perf_counter() - start)
    print(json.dumps({"p50_ms": float(np.median(times_ms)), "fps": fps, "n": len(times_ms)}))


def _times_ms(invoke: Callable[[], None], seconds: float, pause_s: float) -> list[float]:
    times_ms = []
    until_s = time.perf_counter() + seconds
    while (start := time.perf_counter()) < until_s:
        invoke()
        end = time.perf_counter()
        times_ms.append((end - start) * 1000)
        if pause_s:
            time.sleep(max(0.0, start + pause_s - end))
    return times_ms


def build_parser() -> argparse.ArgumentParser:
    """The arguments, by position but for the pace."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("runtime")
    parser.add_argument("threads", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--fps", type=float, help="begin so many a second, not each at once")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the loop; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
