"""What the camera app costs beside the bare model: python benchmarks/pipeline.py [--json FILE].

Each round runs, one after the other, a bare loop of the interpreter's invoke() and the real
`python -m edge.camera` on a 640x480 video, both as fast as they go (throughput) and at the video's
own rate (frame to label): a processor that idles between two frames is slower at the next one,
whoever asks. Ratios are taken within a round, so that a machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bare import bare_loop
from benchmarks.camera_run import FPS, HEIGHT, WIDTH, camera_run, draw_video
from benchmarks.child import Task, run_json
from benchmarks.commands import shown_command
from benchmarks.latency import DEFAULT_FRAMES, DEFAULT_MODEL
from benchmarks.output import check_targets, cut_short, write_json
from benchmarks.timing.worker import load_frames
from edge.board import read_board
from edge.cli import run_command
from edge.errors import EdgeError, UsageError
from edge.messages import print_warning
from edge.runtime import choose_runtime

_FORMAT = 1
_LIMIT_S = 60
_REMEDY = "give another --runtime"


def run(args: argparse.Namespace) -> None:
    """Measure round after round, print a line for each and the medians at the end."""
    _check(args)
    check_targets(args.json)
    runtime = choose_runtime(args.runtime)
    print(f"{args.model.name}, {runtime}, {args.threads} thread(s), {WIDTH}x{HEIGHT} video")
    print(f"{'round':>5}{'bare p50 ms':>13}{'app/bare frames/s':>19}{'stages/bare':>13}"
          f"{'own/invoke':>12}{'label/bare paced':>18}{'first label s':>15}"
          f"{'memory MB (peak)':>18}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        video = args.video or _drawn(args, Path(folder) / "video.mp4")
        rounds: list[dict[str, float]] = []
        try:
            for number in range(args.rounds):
                rounds.append(_round(args, runtime, video, Path(folder)))
                print(_row(str(number + 1), rounds[-1]), flush=True)
            startup = _startup(args, runtime)
        except (EdgeError, KeyboardInterrupt) as error:
            if rounds:
                print_warning(f"cut short: {len(rounds)} whole rounds are kept")
                _tell(args, runtime, rounds, {}, error)
            raise
    _tell(args, runtime, rounds, startup)


def _drawn(args: argparse.Namespace, path: Path) -> Path:
    return draw_video(path, load_frames(args.source, WIDTH, HEIGHT), args.frames)


def _tell(
    args: argparse.Namespace,
    runtime: str,
    rounds: list[dict[str, float]],
    startup: dict[str, float],
    error: BaseException | None = None,
) -> None:
    """Print the medians and write the JSON file; ``error`` is what cut the measurement short."""
    medians = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    print(_row("p50", medians))
    if startup:
        print("\nfirst label, of " + ", ".join(f"{name} {s:.3f} s" for name, s in startup.items()))
    result = {
        "format": _FORMAT,
        "command": shown_command("benchmarks/pipeline.py", args.words),
        **cut_short(error),
        "board": asdict(read_board()),
        "model": args.model.name,
        "runtime": runtime,
        "threads": args.threads,
        "rounds": rounds,
        "medians": medians,
        "startup_s": startup,
    }
    write_json(result, args.json)


def _check(args: argparse.Namespace) -> None:
    if min(args.frames, args.threads, args.rounds) < 1:
        raise UsageError("--frames, --threads, --rounds: need numbers of 1 or more")
    if not args.seconds > 0:
        raise UsageError("--seconds: needs a number of more than 0")


def _round(args: argparse.Namespace, runtime: str, video: Path, folder: Path) -> dict[str, float]:
    bare = bare_loop(args.model, runtime, args.threads, args.seconds)
    fast = camera_run(args.model, runtime, args.threads, video, folder, "--max-rate")
    bare_paced = bare_loop(args.model, runtime, args.threads, args.seconds, FPS)
    # At its own rate a frame waits for nothing but its own label.
    duration = ("--duration", str(args.seconds))
    paced = camera_run(args.model, runtime, args.threads, video, folder, *duration)
    return {
        "bare_p50_ms": bare["p50_ms"],
        "bare_fps": bare["fps"],
        "app_fps": fast["fps"],
        "throughput_ratio": fast["fps"] / bare["fps"],
        "bare_paced_p50_ms": bare_paced["p50_ms"],
        "label_p50_ms": paced["age_p50_ms"],
        "label_ratio": paced["age_p50_ms"] / bare["p50_ms"],
        "label_paced_ratio": paced["age_p50_ms"] / bare_paced["p50_ms"],
        "stages_p50_ms": fast["stages_p50_ms"],
        "stages_ratio": fast["stages_p50_ms"] / bare["p50_ms"],
        "own_of_invoke": fast["own_of_invoke"],
        "first_label_s": fast["first_label_s"],
        "memory_mb": paced["memory_mb"],
        "peak_memory_mb": max(fast["peak_memory_mb"], paced["peak_memory_mb"]),
    }


def _startup(args: argparse.Namespace, runtime: str) -> dict[str, float]:
    """Seconds of each step to the first label, in a fresh process that takes them in turn."""
    command = [sys.executable, "-m", "benchmarks.startup", str(args.model.resolve()), runtime]
    command += [str(args.threads), str(args.source.resolve())]
    runs = []
    for _ in range(max(3, args.rounds)):
        spawned = [*command, str(time.monotonic())]
        runs.append(run_json(spawned, Task(f"{args.model}: benchmarks.startup", _LIMIT_S, _REMEDY)))
    return {step: round(statistics.median(run[step] for run in runs), 4) for step in runs[0]}


def _row(name: str, figures: dict[str, float]) -> str:
    return (
        f"{name:>5}{figures['bare_p50_ms']:>13.3f}{figures['throughput_ratio']:>19.3f}"
        f"{figures['stages_ratio']:>13.3f}{figures['own_of_invoke']:>12.1%}"
        f"{figures['label_paced_ratio']:>18.3f}"
        f"{figures['first_label_s']:>15.3f}"
        f"{figures['memory_mb']:>10.1f} ({figures['peak_memory_mb']:.1f})"
    )


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/pipeline.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/pipeline.py",
        description="Measure what the camera app costs beside the bare model.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--model", type=Path, default=DEFAULT_MODEL, help="the .tflite file")
    add("--source", type=Path, default=DEFAULT_FRAMES, help="pictures that the video is made of")
    add("--video", type=Path, help="a 640x480 video, instead of one made of pictures")
    add("--frames", type=int, default=3000, help="of the video that is made")
    add("--runtime", choices=("auto", "litert", "tflite-runtime"), default="auto",
        help="the interpreter")  # fmt: skip
    add("--threads", type=int, default=1, help="of the interpreter")
    add("--rounds", type=int, default=5, help="how often all is measured")
    add("--seconds", type=float, default=5.0, help="of the bare loop, and of the paced video")
    add("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = build_parser().parse_args(words)
    args.words = words
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
