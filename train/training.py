"""One training, from its pictures to a run folder with a judged model."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras

from edge.atomic import replace_file
from edge.errors import DataError, OutputError, UsageError
from edge.labels import read_labels_file
from train.data.dataset import Dataset, with_labels
from train.evaluation.evaluation import Evaluation, evaluate
from train.evaluation.report import write_report
from train.fit import fit
from train.keeper import Progress, read_progress
from train.network import TrainingNetwork, check_pictures, start_network
from train.optimization.imbalance import describe_epoch
from train.predict import predict
from train.presets import recipe_from_json
from train.recipe import Recipe
from train.run_folder import RunFolder
from train.teacher import Teacher


@dataclass
class Training:
    """What a training is made of, and how far it has come."""

    dataset: Dataset
    recipe: Recipe
    options: dict[str, Any]  # what besides the recipe decides its numbers
    command: list[str]
    teacher: Teacher | None = None
    progress: Progress = field(default_factory=Progress)
    resume: Path | None = None  # what --resume takes, where it is not the run folder

    def describe(self) -> str:
        """What is trained on what, a line each."""
        dataset, fitting, head = self.dataset, self.recipe.fitting, self.recipe.head
        phases = [f"{head.epochs} epochs of the head alone"] if head else []
        phases += [f"{fitting.epochs} epochs"] if fitting.epochs else []
        lines = [
            f"{dataset.name}: {len(dataset.labels)} classes, {len(dataset.train):,} training,"
            f" {len(dataset.validation):,} validation, {len(dataset.test):,} test pictures of"
            f" {dataset.spec.width}x{dataset.spec.height}x{dataset.spec.channels}",
            f"{self.recipe.architecture}: {', then '.join(phases)} of batches of"
            f" {fitting.batch_size}, {self.options['precision']}, seed {self.options['seed']}",
            describe_epoch(
                dataset.train.class_ids,
                dataset.labels,
                self.recipe.balance.method,
                fitting.batch_size,
            ),
            f"taught by {self.teacher.run}" if self.teacher else "",
        ]
        return "\n".join(filter(None, lines))

    def start_network(self) -> TrainingNetwork:
        """The network to train; DataError when pictures or weights do not suit the recipe."""
        check_pictures(self.dataset, self.recipe)
        weights = None if self.progress.history else self.options["weights"]
        seed, precision = self.options["seed"], self.options["precision"]
        return start_network(self.dataset, self.recipe, weights, seed, precision)

    def run(self, network: TrainingNetwork, run_folder: RunFolder) -> Evaluation:
        """Train what is left to train, and fill the rest of ``run_folder``, which has the data.

        KeyboardInterrupt passes through. OutputError tells what a full disk left.
        """
        self._save_record(run_folder)
        lessons = self.teacher.lessons(self.options["teacher"]["views"]) if self.teacher else None
        try:
            fit(
                network,
                self.dataset,
                self.recipe,
                self.options["seed"],
                self.progress,
                lessons=lessons,
                checkpoint=run_folder.checkpoint,
                on_kept=lambda model: _save_model(model, run_folder.model),
                on_epoch=lambda: self._save_record(run_folder),
                verbose=1 if sys.stdout.isatty() else 2,
            )
            return self._finish(run_folder)
        except OutputError as error:
            if not run_folder.checkpoint.exists():
                raise
            going_on = shlex.quote(str(self.resume or run_folder.path))
            raise OutputError(
                f"{error}; the last good checkpoint is kept: python -m train --resume {going_on}"
            ) from error

    def _finish(self, run_folder: RunFolder) -> Evaluation:
        """Judge the saved model on the test pictures and write the report."""
        dataset = self.dataset
        model = keras.models.load_model(run_folder.model, compile=False)
        evaluation = evaluate(predict(model, dataset.test.pixels), dataset.test)
        write_report(run_folder.path, dataset, self.recipe, self.options, self.progress, evaluation)
        results = {"float": evaluation.to_json(dataset.labels), "parameters": model.count_params()}
        self._save_record(run_folder, results)
        run_folder.checkpoint.unlink(missing_ok=True)
        return evaluation

    def _save_record(self, run_folder: RunFolder, results: dict[str, Any] | None = None) -> None:
        run_folder.write_record(
            self.command, self.dataset, self.recipe, self.options, self.progress, results
        )


def resumed(run_folder: RunFolder, load: Callable[[dict[str, Any]], Dataset]) -> Training:
    """The training that ``run_folder`` holds, with the data that ``load`` gives for its options.

    Raises UsageError for a finished one, DataError when it cannot go on.
    """
    record = run_folder.read()
    if record["finished"]:
        raise UsageError(f"{run_folder.path}: this run is finished; start one without --resume")
    try:
        recipe = recipe_from_json(record["recipe"])
    except ValueError as error:
        raise DataError(
            f"{run_folder.record}: of another version ({error}); start a new run without --resume"
        ) from error
    begun = run_folder.checkpoint.exists()
    progress = read_progress(run_folder.checkpoint) if begun else Progress()
    options = record["options"]
    teacher = Teacher.open(options["teacher"]) if options.get("teacher") else None
    dataset = load(options)
    if record["data"]["sha256"] != dataset.sha256:
        raise DataError(
            f"{run_folder.path}: its data set {dataset.name} has changed since the run began;"
            " put it back, or start a new run without --resume"
        )
    if teacher is not None:
        teacher.check(dataset)
    return Training(dataset, recipe, options, record["command"], teacher, progress)


def labelled(dataset: Dataset, options: dict[str, Any]) -> Dataset:
    """``dataset`` with the labels that ``--labels`` names, if it does."""
    if not options["labels"]:
        return dataset
    return with_labels(dataset, read_labels_file(Path(options["labels"])))


def _save_model(model: keras.Model, path: Path) -> None:
    # Keras writes by name; the folder's file is replaced only by a whole one. On the same disk, so
    # that a full one is told of the right place.
    with (
        replace_file(path) as stream,
        TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch,
    ):
        whole = Path(scratch) / path.name
        model.save(whole)
        stream.write(whole.read_bytes())
