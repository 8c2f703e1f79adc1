"""How fast frames become labels here: python benchmarks/latency.py [--model FILE] [--json FILE].

Every runtime and thread count is measured in a process of its own, through the Classifier that the
camera uses; times come from time.perf_counter_ns, percentiles are over all frames after a warm-up.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.worker import STAGES
from edge.atomic import replace_file
from edge.board import Board, read_board
from edge.classifier import Classifier
from edge.cli import run_command
from edge.errors import EdgeError, UsageError
from edge.runtime import choose_runtime, installed

_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_MODEL = _ROOT / "models" / "cifar10_int8.tflite"
DEFAULT_FRAMES = _ROOT / "demo" / "frames"
_WORKER_LIMIT_S = 600


def run(args: argparse.Namespace) -> None:
    """Measure every runtime and thread count, print the table, write the JSON."""
    if min(args.frames, args.width, args.height, *args.threads) < 1:
        raise UsageError("--frames, --width, --height, --threads: need numbers of 1 or more")
    runtimes = installed() if args.runtime == "all" else (choose_runtime(args.runtime),)
    if not runtimes:
        choose_runtime()  # raises, naming the remedy
    classifier = Classifier(args.model, runtime=runtimes[0])
    board = read_board()
    print(_describe(board, classifier), flush=True)
    _warn_of_governor(board)
    print(_header(), flush=True)
    runs = []
    for runtime in runtimes:
        for num_threads in args.threads:
            runs.append(_measure(args, runtime, num_threads))
            print(_row(runs[-1]), flush=True)
    if args.json:
        model = {
            "file": args.model.name,
            "sha256": classifier.sha256,
            "bytes": args.model.stat().st_size,
            "input": asdict(classifier.input_spec),
            "classes": len(classifier.labels),
        }
        result = {
            "board": asdict(board),
            "model": model,
            "frame": {"width": args.width, "height": args.height},
            "runs": runs,
        }
        with replace_file(args.json) as stream:
            stream.write(json.dumps(result, indent=2).encode() + b"\n")
        print(f"written: {args.json}")


def _measure(args: argparse.Namespace, runtime: str, num_threads: int) -> dict[str, Any]:
    """One fresh process for one runtime and thread count; its own word on how it went."""
    command = [
        sys.executable, "-m", "benchmarks.worker", str(args.model.resolve()),
        str(args.source.resolve()), runtime, str(num_threads), str(args.frames),
        str(args.width), str(args.height), str(time.monotonic()),
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=_ROOT, capture_output=True, text=True, timeout=_WORKER_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EdgeError(
            f"{args.model}: {runtime} with {num_threads} thread(s) took more than"
            f" {_WORKER_LIMIT_S} s; measure fewer --frames"
        ) from error
    if done.returncode:
        reason = done.stderr.strip().removeprefix("error: ").splitlines()
        raise EdgeError(
            reason[-1] if reason else f"{args.model}: {runtime} ended with {done.returncode}"
        )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _describe(board: Board, classifier: Classifier) -> str:
    spec = classifier.input_spec
    warmth = "unknown" if board.temperature_c is None else f"{board.temperature_c:.0f} degrees C"
    name = board.name or "unknown board"
    return (
        f"board     {name}, {board.cpu or board.architecture}, {board.cores} cores, {board.os}\n"
        f"governor  {board.governor or 'unknown'}, temperature {warmth}\n"
        f"model     {classifier.model_path.name} {classifier.model_id},"
        f" {spec.width}x{spec.height}x{spec.channels}, {len(classifier.labels)} classes"
    )


def _warn_of_governor(board: Board) -> None:
    if board.governor not in (None, "performance"):
        print(
            f"warning: clock governor {board.governor}: the clock follows the load and short runs"
            " look slow; for steady figures: sudo cpupower frequency-set -g performance",
            file=sys.stderr,
        )


def _header() -> str:
    stages = "".join(f"{name.replace('_', ' '):>28}" for name in STAGES)
    columns = f"{'p50 / p90 / p99 ms':>28}" * len(STAGES)
    return (
        f"\n{'':<23}{'cold':>7}{'warm-up':>10}{stages}{'':>9}{'memory':>9}\n"
        f"{'runtime':<16}{'threads':>7}{'s':>7}{'ms':>10}{columns}{'frames/s':>9}{'MB':>9}"
    )


def _row(run: dict[str, Any]) -> str:
    cells = []
    for name in STAGES:
        stage = run["stages"][name]
        cells.append(f"{stage['p50_ms']:.3f} / {stage['p90_ms']:.3f} / {stage['p99_ms']:.3f}")
    stages = "".join(f"{cell:>28}" for cell in cells)
    memory = "-" if run["rss_mb"] is None else f"{run['rss_mb']:.0f}"
    return (
        f"{run['runtime']:<16}{run['threads']:>7}{run['cold_start_s']:>7.2f}"
        f"{run['warmup']['p50_ms']:>10.3f}{stages}{run['throughput_fps']:>9.1f}{memory:>9}"
    )


def _thread_counts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not N,N,N such as 1,2,4") from None


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/latency.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/latency.py",
        description="Measure how fast this machine turns frames into labels.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cores = tuple(range(1, (os.cpu_count() or 1) + 1))
    add = parser.add_argument
    add("--model", type=Path, default=DEFAULT_MODEL, help="the .tflite file")
    add("--source", type=Path, default=DEFAULT_FRAMES, help="folder of pictures to classify")
    add("--width", type=int, default=640, help="of the frames, in pixels")
    add("--height", type=int, default=480, help="of the frames, in pixels")
    add("--threads", type=_thread_counts, default=cores, help="thread counts: N,N,N")
    add("--runtime", choices=("all", "litert", "tflite-runtime"), default="all",
        help="the interpreter, or all that are installed")  # fmt: skip
    add("--frames", type=int, default=500, help="frames to time after the warm-up")
    add("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
