"""Train the default network: python -m train --data cifar10 | FILE.npz | FOLDER."""

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
from train.architectures.whitened import smallest_side
from train.data import load
from train.dataset import Dataset, with_labels
from train.evaluate import evaluate
from train.fit import fit
from train.keeper import Progress, read_progress
from train.precision import choose_precision
from train.predict import predict
from train.recipe import Recipe
from train.report import write_report
from train.run_folder import RunFolder

_INTERRUPTED = 130


def run(args: argparse.Namespace) -> int:
    """Train, or go on training, and leave a run folder."""
    if args.resume:
        run_folder, recipe, options, progress = _resumed(args)
        print(f"going on after epoch {progress.epoch} of {recipe.epochs}: {run_folder.path}")
    else:
        recipe = _recipe(args)
        options = _options(args)
        progress = Progress()
    dataset = _load(options)
    if not args.resume and args.batch_size is None:
        recipe = recipe.for_pictures(len(dataset.train))
    _check_size(dataset, recipe)
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
        fit(
            dataset,
            recipe,
            options["seed"],
            options["precision"],
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


def _finish(
    run_folder: RunFolder,
    dataset: Dataset,
    recipe: Recipe,
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
    print(f"trained in {progress.seconds / 60:.1f} min; report: {run_folder.path / 'report.md'}")
    print(f"next: python -m convert.quantize --run {run_folder.path}")


def _say_stopped(run_folder: RunFolder, progress: Progress) -> None:
    where = run_folder.path
    if not progress.epoch:
        print(f"\nstopped in the first epoch: nothing to keep yet in {where}", file=sys.stderr)
        return
    print(
        f"\nstopped after epoch {progress.epoch}. Best so far: {run_folder.model}"
        f" ({progress.best_accuracy:.2%} of the validation pictures, epoch {progress.best_epoch})."
        f"\nGo on with: python -m train --resume {where}",
        file=sys.stderr,
    )


def _recipe(args: argparse.Namespace) -> Recipe:
    recipe = Recipe().replace(
        epochs=args.epochs,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        widths=args.widths,
        shift=args.shift,
        erase=args.erase,
        flip=False if args.no_flip else None,
    )
    recipe.check()
    return recipe


def _options(args: argparse.Namespace) -> dict[str, Any]:
    """What besides the recipe decides a run's numbers."""
    if args.seed < 0 or args.size < 1:
        raise UsageError("--seed: must be 0 or more, and --size 1 or more")
    precision = choose_precision() if args.precision == "auto" else args.precision
    labels = str(args.labels.resolve()) if args.labels else None
    data = args.data if args.data == "cifar10" else str(Path(args.data).resolve())
    return {
        "data": data,
        "labels": labels,
        "size": args.size,
        "seed": args.seed,
        "precision": precision,
    }


def _load(options: dict[str, Any]) -> Dataset:
    dataset = load(options["data"], size=options["size"], seed=options["seed"])
    if options["labels"]:
        dataset = with_labels(dataset, read_labels_file(Path(options["labels"])))
    return dataset


def _check_size(dataset: Dataset, recipe: Recipe) -> None:
    spec, needed = dataset.spec, smallest_side(len(recipe.widths))
    if min(spec.width, spec.height) < needed:
        raise DataError(
            f"{dataset.name}: {spec.width}x{spec.height} pixels are too few for"
            f" {len(recipe.widths)} stages; give {needed} or more (--size), or fewer --widths"
        )


def _resumed(args: argparse.Namespace) -> tuple[RunFolder, Recipe, dict[str, Any], Progress]:
    """The run that --resume names, or the newest unfinished one."""
    named = isinstance(args.resume, Path)
    run_folder = RunFolder(args.resume) if named else RunFolder.newest_unfinished(args.runs)
    record = run_folder.read()
    if record["finished"]:
        raise UsageError(f"{run_folder.path}: this run is finished; start one without --resume")
    progress = read_progress(run_folder.checkpoint) if record["progress"]["epoch"] else Progress()
    return run_folder, Recipe.from_json(record["recipe"]), record["options"], progress


def _check_same_data(run_folder: RunFolder, dataset: Dataset) -> None:
    if run_folder.read()["data"]["sha256"] != dataset.sha256:
        raise DataError(
            f"{run_folder.path}: its data set {dataset.name} has changed since the run began;"
            " put it back, or start a new run without --resume"
        )


def _announce(dataset: Dataset, recipe: Recipe, options: dict[str, Any]) -> None:
    for line in dataset.skipped:
        print(f"warning: {line}", file=sys.stderr)
    print(
        f"{dataset.name}: {len(dataset.labels)} classes, {len(dataset.train):,} training,"
        f" {len(dataset.validation):,} validation, {len(dataset.test):,} test pictures of"
        f" {dataset.spec.width}x{dataset.spec.height}x{dataset.spec.channels}\n"
        f"{recipe.epochs} epochs of batches of {recipe.batch_size}, {options['precision']},"
        f" seed {options['seed']}",
        flush=True,
    )


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not N,N,N such as 64,256,256") from None


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m train."""
    default = Recipe()
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train a CNN on photos; leaves a run folder for python -m convert.quantize.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--data", default="cifar10", help="cifar10, an .npz file, or a folder of class folders")
    add("--labels", type=Path, help="text file with a class name a line, for an .npz without names")
    add("--size", type=int, default=64, help="side in pixels that a folder's photos get")
    add("--seed", type=int, default=0, help="of the split, the network, the order and the changes")
    add("--runs", type=Path, default=Path("runs"), help="where run folders are made")
    add("--resume", nargs="?", const=True, type=Path, metavar="RUN",
        help="go on with this run folder, or with the newest unfinished one")  # fmt: skip
    add("--epochs", type=int, default=default.epochs, help="passes over the training pictures")
    add("--batch-size", type=int, metavar="N",
        help=f"pictures a step ({default.batch_size}, fewer for a small data set)")  # fmt: skip
    add("--learning-rate", type=float, default=default.learning_rate,
        help="peak rate, for batches of 1,000")  # fmt: skip
    add("--widths", type=_widths, default=default.widths, help="filters of each stage: N,N,N")
    add("--shift", type=int, default=default.shift, help="random shift in 32nds of the picture")
    add("--erase", type=int, default=default.erase, help="erased square in 32nds of the picture")
    add("--no-flip", action="store_true", help="do not mirror pictures (digits, letters)")
    add("--precision", choices=("auto", "float32", "mixed_bfloat16"), default="auto",
        help="auto takes bfloat16 where the processor has units for it")  # fmt: skip
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    args = build_parser().parse_args(arguments)
    args.command = ["python", "-m", "train", *arguments]
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
