"""How fast frames become labels here: python benchmarks/latency.py [--model FILE] [--json FILE].

    python benchmarks/latency.py --minutes 10 --json pi5.json    # does it keep its speed when warm?
    python benchmarks/latency.py --against pi5.json              # is it as fast as it was?

Every runtime and thread count is measured in a process of its own, through the Classifier and the
capture that the camera uses; times come from Python's monotonic clocks, percentiles are over all
frames after a warm-up.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.commands import shown_command
from benchmarks.output import check_targets, cut_short, write_json
from benchmarks.timing import table
from benchmarks.timing.against import check_comparable, compare, read_result
from benchmarks.timing.plot import DRAW_ELSEWHERE, draw
from benchmarks.timing.processes import measure, sustain
from benchmarks.timing.sustained import verdict
from edge.board import Board, read_board
from edge.classifier import Classifier
from edge.cli import NOT_PASSED, run_command
from edge.errors import EdgeError, UsageError
from edge.messages import print_warning
from edge.runtime import RuntimeName, choose_runtime, installed

_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_MODEL = _ROOT / "models" / "cifar10_int8.tflite"
DEFAULT_FRAMES = _ROOT / "demo" / "frames"
_FORMAT = 3  # of the JSON file


def run(args: argparse.Namespace) -> int:
    """Measure every runtime and thread count, print the table; 3 when it is slower than before."""
    _check(args)
    runtimes = installed() if args.runtime == "all" else (choose_runtime(args.runtime),)
    if not runtimes:
        choose_runtime()  # raises, naming the remedy
    classifier = Classifier(args.model, runtime=runtimes[0])
    board = read_board()
    result = _result(args, board, classifier)
    stored = None if args.against is None else read_result(args.against)
    if stored is not None:
        check_comparable(result, stored, args.against)
    print(table.describe(board, classifier), flush=True)
    _warn_of_governor(board)
    print(table.header(args.fps), flush=True)
    try:
        _measure(args, runtimes, result)
    except (EdgeError, KeyboardInterrupt) as error:
        _keep(args, result, error)
        raise
    _write(args, result)
    passes = args.most_own is None or _own_passes(result["runs"], args.most_own)
    if stored is not None:
        comparisons = compare(result, stored, args.tolerance, args.against)
        print(f"\nagainst {args.against}:", *comparisons, sep="\n")
        passes &= all(comparison.passes for comparison in comparisons)
    return 0 if passes else NOT_PASSED


def _own_passes(runs: Sequence[dict[str, Any]], most_percent: float) -> bool:
    """Whether the fastest run with the fewest threads spends no more than that; says so."""
    run = min(
        (run for run in runs if run["threads"] == min(one["threads"] for one in runs)),
        key=lambda run: float(run["stages"]["invoke"]["p50_ms"]),
    )
    own = run["own"]
    passes = bool(100 * own["of_invoke"] <= most_percent)
    judged = "pass" if passes else "FAIL"
    print(
        f"\nall but the interpreter: {own['p50_ms']:.3f} ms, {own['of_invoke']:.1%} of invoke, "
        f"{most_percent:g}% allowed ({run['runtime']}, {run['threads']} thread(s))  {judged}"
    )
    return passes


def _check(args: argparse.Namespace) -> None:
    if min(args.frames, args.width, args.height, *args.threads) < 1:
        raise UsageError("--frames, --width, --height, --threads: need numbers of 1 or more")
    if args.most_own is not None and not args.most_own > 0:
        raise UsageError("--most-own: needs a number of more than 0")
    if not (args.minutes >= 0 and args.tolerance >= 0 and args.window > 0 and args.fps > 0):
        raise UsageError(
            "--minutes, --tolerance: need numbers of 0 or more; --window, --fps: of more than 0"
        )
    check_targets(args.json, args.plot, DRAW_ELSEWHERE)


def _result(args: argparse.Namespace, board: Board, classifier: Classifier) -> dict[str, Any]:
    """The JSON file without its figures."""
    return {
        "format": _FORMAT,
        "command": shown_command("benchmarks/latency.py", args.words),
        "board": asdict(board),
        "model": {
            "file": args.model.name,
            "sha256": classifier.sha256,
            "bytes": args.model.stat().st_size,
            "input": classifier.input_spec._asdict(),
            "classes": len(classifier.labels),
        },
        "frame": {"width": args.width, "height": args.height},
        "runs": [],
    }


def _measure(
    args: argparse.Namespace, runtimes: Sequence[RuntimeName], result: dict[str, Any]
) -> None:
    """Fill ``result``, part by part: what is there at an error is right."""
    for runtime in runtimes:
        for num_threads in args.threads:
            result["runs"].append(measure(args, runtime, num_threads))
            print(table.row(result["runs"][-1]), flush=True)
    if args.minutes:
        _sustain(args, result)


def _sustain(args: argparse.Namespace, result: dict[str, Any]) -> None:
    """The fastest of the runs for so many minutes, a line a window as it goes."""
    best = min(result["runs"], key=lambda run: float(run["stages"]["frame_to_label"]["p50_ms"]))
    runtime, num_threads = best["runtime"], best["threads"]
    print(f"\n{args.minutes:g} minutes of {runtime} with {num_threads} thread(s) at full rate")
    print(table.window_header(), flush=True)
    told: list[dict[str, Any]] = []
    for window in sustain(args, runtime, num_threads):
        told.append(window)
        result["sustained"] = {
            "runtime": runtime,
            "threads": num_threads,
            "summary": verdict(told),
            "windows": told,
        }
        print(table.window_row(window), flush=True)
    print(result["sustained"]["summary"])


def _keep(args: argparse.Namespace, result: dict[str, Any], error: BaseException) -> None:
    """Write what was measured before ``error``, and say so."""
    if not result["runs"] or not (args.json or args.plot):
        return
    result |= cut_short(error)
    windows = len(result["sustained"]["windows"]) if "sustained" in result else 0
    print_warning(f"cut short: {len(result['runs'])} runs and {windows} windows are kept")
    _write(args, result)


def _write(args: argparse.Namespace, result: dict[str, Any]) -> None:
    write_json(result, args.json)
    if args.plot:
        draw(result, args.plot)
        print(f"written: {args.plot}")


def _warn_of_governor(board: Board) -> None:
    if board.governor not in (None, "performance"):
        print_warning(
            f"clock governor {board.governor}: the clock follows the load and short runs look"
            " slow; for steady figures: sudo cpupower frequency-set -g performance"
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
    add("--fps", type=float, default=30.0, help="of the camera that frame ages are measured with")
    add("--minutes", type=float, default=0.0, metavar="M",
        help="then classify at full rate for so long, with the fastest of the runs")  # fmt: skip
    add("--window", type=float, default=10.0, metavar="S", help="seconds a line of --minutes")
    add("--json", type=Path, metavar="FILE", help="write the figures there, too")
    add("--plot", type=Path, metavar="FILE", help="draw them there (needs matplotlib)")
    add("--against", type=Path, metavar="FILE",
        help="a stored --json of this board: exit code 3 when it was faster")  # fmt: skip
    add("--most-own", type=float, metavar="PERCENT",
        help="exit code 3 when all but the interpreter takes more than this part of its time, in"
             " the fastest of the runs with the fewest threads")  # fmt: skip
    add("--tolerance", type=float, default=0.15, metavar="T",
        help="of --against: how much slower or larger is still the same")  # fmt: skip
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = build_parser().parse_args(words)
    args.words = words
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
