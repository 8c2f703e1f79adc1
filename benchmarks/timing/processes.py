"""The worker's processes: a fresh one for each runtime and thread count."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.child import Task, json_lines, run_json

_LIMIT_S = 600


def measure(args: argparse.Namespace, runtime: str, num_threads: int) -> dict[str, Any]:
    """The figures of one runtime and thread count; EdgeError with the worker's own word."""
    task = _task(args, runtime, num_threads, _LIMIT_S)
    result: dict[str, Any] = run_json(_command(args, runtime, num_threads), task)
    return result


def sustain(args: argparse.Namespace, runtime: str, num_threads: int) -> Iterator[dict[str, Any]]:
    """The windows of a sustained run, each as soon as it is over; EdgeError as above."""
    task = _task(args, runtime, num_threads, _LIMIT_S + args.minutes * 60)
    command = _command(args, runtime, num_threads)
    return json_lines(
        [*command, "--minutes", str(args.minutes), "--window", str(args.window)], task
    )


def _task(args: argparse.Namespace, runtime: str, num_threads: int, limit_s: float) -> Task:
    name = f"{args.model}: {runtime} with {num_threads} thread(s)"
    return Task(name, limit_s, "measure fewer --frames, or another --runtime")


def _command(args: argparse.Namespace, runtime: str, num_threads: int) -> list[str]:
    return [
        sys.executable, "-m", "benchmarks.timing.worker",
        str(args.model.resolve()), str(args.source.resolve()),
        "--runtime", runtime, "--threads", str(num_threads), "--count", str(args.frames),
        "--width", str(args.width), "--height", str(args.height), "--fps", str(args.fps),
        "--spawned", str(time.monotonic()),
    ]  # fmt: skip
