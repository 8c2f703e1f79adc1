"""Train a network on pictures: python -m train --data cifar10 | FILE.npz | FOLDER."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from edge.quiet import quiet

# TensorFlow's start-up lines speak of missing GPUs; only its errors concern a user.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with quiet():
        import keras
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name}: not installed; pip install -r requirements-train.txt")

from edge.atomic import replace_file
from edge.cli import run_command
from edge.errors import DataError, UsageError
from edge.labels import read_labels_file
from train.architectures.mobilenet_v2 import SMALLEST_SIDE
from train.architectures.whitened import smallest_side
from train.data.dataset import Dataset, with_labels
from train.data.source import load
from train.evaluation.evaluation import evaluate
from train.evaluation.report import write_report
from train.fit import fit
from train.keeper import Progress, read_progress
from train.options import DEFAULT, build_parser, options_of, recipe_of
from train.predict import predict
from train.recipe import AnyRecipe, Recipe, TransferRecipe, recipe_from_json
from train.run_folder import RunFolder
from train.transfer import start_network, transfer

_INTERRUPTED = 130


def run(args: argparse.Namespace) -> int:
    """Train, or go on training, and leave a run folder."""
    if args.resume:
        run_folder, recipe, options, progress = _resumed(args)
        print(f"going on after epoch {progress.epoch} of {recipe.epochs}: {run_folder.path}")
    else:
        recipe, options = recipe_of(args), options_of(args)
        progress = Progress()
    dataset = _load(options)
    if isinstance(recipe, Recipe) and not args.resume and args.batch_size is None:
        recipe = recipe.for_pictures(len(dataset.train))
    _check_size(dataset, recipe)
    network = _start_network(dataset, recipe, options, progress)
    if args.resume:
        _check_same_data(run_folder, dataset)
    else:
        run_folder = RunFolder.create(args.runs, dataset.name)
        run_folder.write_data(dataset, options["seed"])
    _announce(dataset, recipe, options)

    def save_record(results: dict[str, Any] | None = None) -> None:
        run_folder.write_record(args.command, dataset, recipe, options, progress, results)

    def save_model(model: keras.Model) -> None:
        # Keras writes by name; the folder's file is replaced only by a whole one.
        with replace_file(run_folder.model) as stream, TemporaryDirectory() as scratch:
            whole = Path(scratch) / run_folder.model.name
            model.save(whole)
            stream.write(whole.read_bytes())

    save_record()
    try:
        _train(
            network,
            dataset,
            recipe,
            options,
            progress,
            checkpoint=run_folder.checkpoint,
            on_best=save_model,
            on_epoch=save_record,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    except KeyboardInterrupt:
        _say_stopped(run_folder, progress)
        return _INTERRUPTED
    _finish(run_folder, dataset, recipe, options, progress, save_record)
    return 0


def _start_network(
    dataset: Dataset, recipe: AnyRecipe, options: dict[str, Any], progress: Progress
) -> keras.Model | None:
    """A backbone with its new head, before anything is written; None for the default network."""
    if not isinstance(recipe, TransferRecipe):
        return None
    weights = None if progress.history else options["weights"]
    return start_network(dataset, recipe, weights, options["seed"], options["precision"])


def _train(
    network: keras.Model | None,
    dataset: Dataset,
    recipe: AnyRecipe,
    options: dict[str, Any],
    progress: Progress,
    **kept: Any,
) -> None:
    seed, precision = options["seed"], options["precision"]
    if isinstance(recipe, TransferRecipe):
        transfer(network, dataset, recipe, seed, progress, **kept)
    else:
        fit(dataset, recipe, seed, precision, progress, **kept)


def _finish(
    run_folder: RunFolder,
    dataset: Dataset,
    recipe: AnyRecipe,
    options: dict[str, Any],
    progress: Progress,
    save_record: Any,
) -> None:
    """Judge the saved model on the test pictures and write the report."""
    model = keras.models.load_model(run_folder.model, compile=False)
    evaluation = evaluate(predict(model, dataset.test.pixels), dataset.test)
    write_report(run_folder.path, dataset, recipe, options, progress, evaluation)
    results = {"float": evaluation.to_json(dataset.labels), "parameters": model.count_params()}
    save_record(results)
    run_folder.checkpoint.unlink(missing_ok=True)
    print(f"\nfloat accuracy on {dataset.name}'s test pictures: {evaluation.accuracy}")
    print(f"trained in {progress.seconds / 60:.1f} min; report: {run_folder.path / 'report.html'}")
    print(f"next: python -m convert.quantize --run {run_folder.path}")


def _say_stopped(run_folder: RunFolder, progress: Progress) -> None:
    where = run_folder.path
    if not progress.history:
        print(f"\nstopped in the first epoch: nothing to keep yet in {where}", file=sys.stderr)
        return
    print(
        f"\nstopped after epoch {progress.epoch}. Best so far: {run_folder.model}"
        f" ({progress.best_accuracy:.2%} of the validation pictures, epoch {progress.best_epoch})."
        f"\nGo on with: python -m train --resume {where}",
        file=sys.stderr,
    )


def _load(options: dict[str, Any]) -> Dataset:
    dataset = load(options["data"], size=options["size"], seed=options["seed"])
    if options["labels"]:
        dataset = with_labels(dataset, read_labels_file(Path(options["labels"])))
    return dataset


def _check_size(dataset: Dataset, recipe: AnyRecipe) -> None:
    spec = dataset.spec
    if isinstance(recipe, TransferRecipe):
        needed, fewer = SMALLEST_SIDE, ""
        of_whom: str = recipe.architecture
        if spec.channels != 3:
            raise DataError(
                f"{dataset.name}: grey pictures, but {recipe.architecture} learned from colour;"
                f" give colour pictures, or --architecture {DEFAULT}"
            )
    else:
        needed = smallest_side(len(recipe.widths))
        of_whom, fewer = f"{len(recipe.widths)} stages", ", or fewer --widths"
    if min(spec.width, spec.height) < needed:
        raise DataError(
            f"{dataset.name}: {spec.width}x{spec.height} pixels are too few for {of_whom}; give"
            f" {needed} or more (--size){fewer}"
        )


def _resumed(args: argparse.Namespace) -> tuple[RunFolder, AnyRecipe, dict[str, Any], Progress]:
    """The run that --resume names, or the newest unfinished one."""
    named = isinstance(args.resume, Path)
    run_folder = RunFolder(args.resume) if named else RunFolder.newest_unfinished(args.runs)
    record = run_folder.read()
    if record["finished"]:
        raise UsageError(f"{run_folder.path}: this run is finished; start one without --resume")
    begun = bool(record["progress"]["history"])
    progress = read_progress(run_folder.checkpoint) if begun else Progress()
    return run_folder, recipe_from_json(record["recipe"]), record["options"], progress


def _check_same_data(run_folder: RunFolder, dataset: Dataset) -> None:
    if run_folder.read()["data"]["sha256"] != dataset.sha256:
        raise DataError(
            f"{run_folder.path}: its data set {dataset.name} has changed since the run began;"
            " put it back, or start a new run without --resume"
        )


def _announce(dataset: Dataset, recipe: AnyRecipe, options: dict[str, Any]) -> None:
    for line in dataset.skipped:
        print(f"warning: {line}", file=sys.stderr)
    print(
        f"{dataset.name}: {len(dataset.labels)} classes, {len(dataset.train):,} training,"
        f" {len(dataset.validation):,} validation, {len(dataset.test):,} test pictures of"
        f" {dataset.spec.width}x{dataset.spec.height}x{dataset.spec.channels}\n"
        f"{_head_line(recipe)}{recipe.epochs} epochs of batches of {recipe.batch_size},"
        f" {options['precision']}, seed {options['seed']}",
        flush=True,
    )


def _head_line(recipe: AnyRecipe) -> str:
    if not isinstance(recipe, TransferRecipe):
        return ""
    return f"{recipe.architecture}: {recipe.head_epochs} epochs of the head alone, then "


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    args = build_parser().parse_args(arguments)
    args.command = ["python", "-m", "train", *arguments]
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
