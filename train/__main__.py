"""Train a network on pictures: python -m train --data cifar10 | FILE.npz | FOLDER."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.quiet import quiet

# TensorFlow's start-up lines speak of missing GPUs; only its errors concern a user.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with quiet():
        import keras  # noqa: F401
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name}: not installed; pip install -r requirements-train.txt")

from edge.cli import run_command
from edge.errors import UsageError
from train.choice import choose
from train.data.dataset import Dataset
from train.data.source import load
from train.data.split import Shares
from train.folds import Series, newest_unfinished, run_folds, start_folds
from train.keeper import Progress
from train.options import build_parser, options_of, recipe_of
from train.run_folder import RunFolder
from train.teacher import Teacher
from train.training import Training, labelled, resumed

_INTERRUPTED = 130


def run(args: argparse.Namespace) -> int:
    """Train, or go on training, and leave a run folder."""
    if args.resume:
        _refuse_changes(args)
        path = args.resume if isinstance(args.resume, Path) else newest_unfinished(args.runs)
        if Series(path).exists():
            print(f"going on with {path}", flush=True)
            return run_folds(Series(path))
        run_folder = RunFolder(path)
        training = resumed(run_folder, _load)
        done, whole = training.progress.epoch, training.recipe.fitting.epochs
        print(f"going on after epoch {done} of {whole}: {run_folder.path}")
        network = training.start_network()
    else:
        training = _new(args)
        if args.folds is not None:
            return start_folds(args.runs, args.folds, training)
        network = training.start_network()
        run_folder = RunFolder.create(args.runs, training.dataset.name)
        run_folder.write_data(training.dataset, training.options["seed"])
    print(training.describe(), flush=True)
    try:
        evaluation = training.run(network, run_folder)
    except KeyboardInterrupt:
        _say_stopped(run_folder, training.progress)
        return _INTERRUPTED
    name, minutes = training.dataset.name, training.progress.seconds / 60
    print(f"\nfloat accuracy on {name}'s test pictures: {evaluation.accuracy}")
    print(f"trained in {minutes:.1f} min; report: {run_folder.path / 'report.html'}")
    print(f"next: python -m convert.quantize --run {shlex.quote(str(run_folder.path))}")
    return 0


def _refuse_changes(args: argparse.Namespace) -> None:
    """UsageError for options beside --resume, which would change nothing."""
    usual = build_parser().parse_args([])
    for name, value in vars(usual).items():
        if name not in ("resume", "runs") and getattr(args, name) != value:
            raise UsageError(
                f"--{name.replace('_', '-')}: means nothing beside --resume, which goes on with the"
                " run's own options; leave it out, or start a new run"
            )


def _new(args: argparse.Namespace) -> Training:
    """What the command line asks for."""
    choice = choose(args)
    recipe_of(args, choice.recipe)  # wrong options are told before pictures are read
    options = options_of(args, choice)
    teacher = Teacher.open(options["teacher"]) if options["teacher"] else None
    dataset = _load(options)
    choice = choice.for_arrays(dataset)
    recipe, options = recipe_of(args, choice.recipe), options_of(args, choice)
    if teacher is not None:
        teacher.check(dataset)
        options["teacher"] |= teacher.identity()
    if args.batch_size is None:
        recipe = recipe.for_pictures(len(dataset.train))
    print(f"recipe {choice.name}: {recipe.architecture}, because {choice.why}")
    return Training(dataset, recipe, options, args.command, teacher)


def _load(options: dict[str, Any]) -> Dataset:
    dataset = load(
        options["data"],
        size=options["size"],
        seed=options["seed"],
        shares=Shares(**options["shares"]),
    )
    for line in dataset.skipped:
        print(f"warning: {line}", file=sys.stderr)
    for line in dataset.notes:
        print(f"note: {line}")
    return labelled(dataset, options)


def _say_stopped(run_folder: RunFolder, progress: Progress) -> None:
    where = shlex.quote(str(run_folder.path))
    if not progress.history:
        print(f"\nstopped in the first epoch: nothing to keep yet in {where}", file=sys.stderr)
        return
    print(
        f"\nstopped after epoch {progress.epoch}. Best so far: {run_folder.model}"
        f" ({progress.best_accuracy:.2%} of the validation pictures, epoch {progress.best_epoch})."
        f"\nGo on with: python -m train --resume {where}",
        file=sys.stderr,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    # Its advice on tracing is for those who write networks.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    arguments = sys.argv[1:] if argv is None else list(argv)
    args = build_parser().parse_args(arguments)
    args.command = ["python", "-m", "train", *arguments]
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
