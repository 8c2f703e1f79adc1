"""Ours beside what else a user would pick: python benchmarks/peers.py [--model FILE] [--plot FILE].

The same .tflite file and the same frames go through our Classifier, a bare interpreter loop,
MediaPipe's ImageClassifier, OpenVINO and ONNX Runtime, each in a process and a virtual environment
of its own, built by this command. In each round all take turns, in an order that moves on by one,
and ratios are taken within a round: what slows the machine down slows all alike.

There are two modes. "One thread each": MediaPipe's API has no number of threads, so that in this
mode every process is bound to one core, and peers that can be told get one thread, too. "As each
configures itself": all cores, each with its own settings.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.commands import shown_command
from benchmarks.comparison.environments import PeerMissingError, absolute, python_of
from benchmarks.comparison.frames import MOST, take_frames, write_job
from benchmarks.comparison.measure import check_system
from benchmarks.comparison.onnx_file import onnx_file
from benchmarks.comparison.peers import CONVERTER, ENVIRONMENTS, OURS, PEERS
from benchmarks.comparison.rounds import Comparison
from benchmarks.comparison.table import table
from benchmarks.latency import DEFAULT_FRAMES, DEFAULT_MODEL
from benchmarks.output import check_targets, cut_short, write_json
from edge.board import Board, read_board
from edge.classifier import Classifier
from edge.cli import run_command
from edge.errors import EdgeError, ModelFileError, UsageError
from edge.messages import print_warning

_FORMAT = 1


def run(args: argparse.Namespace) -> None:
    """Build, measure round after round, print the table, write JSON and plot."""
    _check(args)
    model = Classifier(args.model)
    if not model.takes_pixels:
        raise ModelFileError(
            f"{args.model}: its input is not the pixels 0 to 255; peers read them as they are:"
            " name a file that convert.quantize wrote"
        )
    frames = take_frames(str(args.source), min(args.frames, MOST))
    board = read_board()
    print(f"{args.model.name} {model.model_id}, {len(frames)} frames of {args.source}", flush=True)
    missing: dict[str, str] = {}
    pythons = _pythons(args, missing)
    onnx = _onnx(args, missing)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        _, job = write_job(model, frames, onnx, folder)
        comparison = Comparison(job, folder / "cache", args.frames, pythons, missing)
        comparison.first_runs()
        try:
            for number in range(args.rounds):
                comparison.round(number)
        except (EdgeError, KeyboardInterrupt) as error:
            if comparison.rounds_n:
                print_warning(f"cut short: {comparison.rounds_n} whole rounds are kept")
                _tell(_result(args, model, board, len(frames), comparison, error), args)
            raise
    _tell(_result(args, model, board, len(frames), comparison), args)


def _result(
    args: argparse.Namespace,
    model: Classifier,
    board: Board,
    frames: int,
    comparison: Comparison,
    error: BaseException | None = None,
) -> dict[str, Any]:
    """The JSON file; ``error`` is what cut the measurement short."""
    return {
        "format": _FORMAT,
        "command": shown_command("benchmarks/peers.py", args.words),
        **cut_short(error),
        "board": asdict(board),
        "model": {
            "file": args.model.name,
            "sha256": model.sha256,
            "bytes": args.model.stat().st_size,
        },
        "frames": {"different": frames, "timed": args.frames, "width": 640, "height": 480},
        **comparison.result(args.peers),
    }


def _check(args: argparse.Namespace) -> None:
    check_system()
    if min(args.frames, args.rounds) < 1:
        raise UsageError("--frames, --rounds: need numbers of 1 or more")
    check_targets(args.json, args.plot)


def _pythons(args: argparse.Namespace, missing: dict[str, str]) -> dict[str, Path]:
    """The Python of each peer that can be had; why not goes to ``missing``."""
    found: dict[str, Path] = {}
    for peer in args.peers:
        try:
            found[peer] = args.python.get(peer) or python_of(
                PEERS[peer].environment, args.environments
            )
        except PeerMissingError as error:
            if peer == OURS:
                raise
            missing[peer] = str(error)
            print(error, flush=True)
    return found


def _onnx(args: argparse.Namespace, missing: dict[str, str]) -> Path | None:
    """The model as an ONNX file, where that peer takes part."""
    if "onnxruntime" not in args.peers or "onnxruntime" in missing:
        return None
    try:
        return onnx_file(args.model, args.environments, args.python.get(CONVERTER.name))
    except PeerMissingError as error:
        missing["onnxruntime"] = str(error)
        print(error, flush=True)
        return None


def _tell(result: dict[str, Any], args: argparse.Namespace) -> None:
    """Print the table, write JSON and plot."""
    print(f"\n{table(result)}")
    write_json(result, args.json)
    if args.plot:
        from benchmarks.comparison.plot import draw

        draw(result, args.plot)
        print(f"written: {args.plot}")


def _peers(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no peer {unknown[0]!r}; there are {', '.join(PEERS)}")
    if OURS not in names:
        raise argparse.ArgumentTypeError(f"{OURS} must be one of them: all are compared with it")
    return list(dict.fromkeys(names))


class _Pythons(argparse.Action):
    """Collects PEER=FILE into a dict."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        name, _, file = str(values).partition("=")
        if name not in (*PEERS, CONVERTER.name) or not Path(file).is_file():
            parser.error(f"{option_string}: {values!r} is not PEER=PYTHON, a program that exists")
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), name: absolute(file)})


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/peers.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/peers.py",
        description="Compare our Classifier with what else runs the same file.",
    )
    add = parser.add_argument
    add("--model", type=Path, default=DEFAULT_MODEL, help="the .tflite file (default: the shipped)")
    add("--source", default=DEFAULT_FRAMES, help="folder of pictures, or a film (default: demo)")
    add("--peers", type=_peers, default=list(PEERS), metavar="A,B",
        help=f"of {', '.join(PEERS)} (default: all)")  # fmt: skip
    add("--frames", type=int, default=500, help="timed in each process (default %(default)s)")
    add("--rounds", type=int, default=5, help="how often all take turns (default %(default)s)")
    add("--environments", type=absolute, default=ENVIRONMENTS, metavar="DIR",
        help="where the peers' environments are built (default .venv/peers)")  # fmt: skip
    add("--python", action=_Pythons, default={}, metavar="PEER=PYTHON",
        help="an environment that is there, instead of one that is built")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write all figures there")
    add("--plot", type=Path, metavar="FILE", help="draw them there (.png; needs matplotlib)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 when ours and whoever else can be had were measured, 1 on an error, 2 on wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = build_parser().parse_args(words)
    args.words = words
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
