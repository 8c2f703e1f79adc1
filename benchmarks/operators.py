"""Where the time of an inference goes, here and in OpenVINO: python benchmarks/operators.py.

One thread each, bound to one core, in the environments that benchmarks/peers.py builds. Both list
what one inference spends on each kind of operator: OpenVINO by its own profiler, LiteRT, which has
none in Python, by cutting the file after each operator.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.child import Task, run_json
from benchmarks.comparison.environments import absolute, python_of
from benchmarks.comparison.measure import check_system, modes
from benchmarks.comparison.peers import ENVIRONMENTS, PEERS
from benchmarks.latency import DEFAULT_MODEL
from edge.classifier import Classifier
from edge.cli import run_command
from edge.errors import UsageError

_LIMIT_S = 600
# What asks each engine, and how often as much it needs for steady figures.
_SCRIPTS = {"bare": ("litert_operators", 1), "openvino": ("openvino_operators", 20)}


def run(args: argparse.Namespace) -> None:
    """Ask both, print a table for each."""
    check_system()
    if args.rounds < 1:
        raise UsageError("--rounds: needs a number of 1 or more")
    model = Classifier(args.model)  # a file that is none is told here, in one line
    print(f"{args.model.name} {model.model_id}, one thread, least of {args.rounds} rounds, ms")
    for peer, (script, factor) in _SCRIPTS.items():
        python = python_of(PEERS[peer].environment, args.environments)
        rows = ask(python, script, args.model, args.rounds * factor)
        print(f"\n| {PEERS[peer].packages[0]} | nodes | ms |\n|---|---:|---:|")
        for name, count, ms in rows:
            print(f"| {name} | {count} | {ms:.3f} |")
        print(f"| all | {sum(row[1] for row in rows)} | {sum(row[2] for row in rows):.3f} |")


def ask(python: Path, script: str, model: Path, rounds: int) -> list[Any]:
    """The rows that a script tells; EdgeError, with its last word, when it fails."""
    core = modes()[0].core
    assert core is not None
    command = [str(python), "-m", f"benchmarks.comparison.{script}", str(model.resolve())]
    task = Task(f"{model}: {script}", _LIMIT_S, "look at --environments, or give fewer --rounds")
    others = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})  # children inherit it
    try:
        rows: list[Any] = run_json([*command, str(rounds)], task)
    finally:
        os.sched_setaffinity(0, others)
    return rows


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/operators.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/operators.py",
        description="Tell what each kind of operator costs, on LiteRT and on OpenVINO.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--model", type=Path, default=DEFAULT_MODEL, help="the .tflite file")
    add("--rounds", type=int, default=10, help="of which the least counts")
    add("--environments", type=absolute, default=ENVIRONMENTS, metavar="DIR",
        help="where the peers' environments are built")  # fmt: skip
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
