"""The worker's processes: a fresh one for each runtime and thread count."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.errors import EdgeError

_ROOT = Path(__file__).resolve().parents[2]
_LIMIT_S = 600


def measure(args: argparse.Namespace, runtime: str, num_threads: int) -> dict[str, Any]:
    """The figures of one runtime and thread count; EdgeError with the worker's own word."""
    (result,) = _objects(args, runtime, num_threads, _LIMIT_S)
    return result


def sustain(args: argparse.Namespace, runtime: str, num_threads: int) -> Iterator[dict[str, Any]]:
    """The windows of a sustained run, each as soon as it is over; EdgeError as above."""
    limit_s = _LIMIT_S + args.minutes * 60
    options = ("--minutes", str(args.minutes), "--window", str(args.window))
    return _objects(args, runtime, num_threads, limit_s, *options)


def _objects(
    args: argparse.Namespace, runtime: str, num_threads: int, limit_s: float, *options: str
) -> Iterator[dict[str, Any]]:
    """What a worker writes, line by line."""
    command = [
        sys.executable, "-m", "benchmarks.timing.worker",
        str(args.model.resolve()), str(args.source.resolve()),
        "--runtime", runtime, "--threads", str(num_threads), "--count", str(args.frames),
        "--width", str(args.width), "--height", str(args.height), "--fps", str(args.fps),
        *options, "--spawned", str(time.monotonic()),
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limit_s, end)
        timer.start()
        try:
            assert process.stdout is not None and process.stderr is not None
            for line in process.stdout:
                told: dict[str, Any] = json.loads(line)
                yield told
            words = process.stderr.read().strip().removeprefix("error: ").splitlines()
            code = process.wait()
        finally:
            timer.cancel()
            process.kill()
    if late.is_set():
        raise EdgeError(
            f"{args.model}: {runtime} with {num_threads} thread(s) took more than"
            f" {limit_s:g} s; measure fewer --frames"
        )
    if code:
        raise EdgeError(words[-1] if words else f"{args.model}: {runtime} ended with {code}")
