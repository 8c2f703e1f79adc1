"""K-fold cross-validation: one run folder a fold in one folder, and a summary of them all."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import keras

from edge.atomic import replace_file
from edge.errors import DataError, EdgeError, UsageError
from train.data.dataset import Dataset
from train.data.folds import fold_datasets
from train.data.split import Shares
from train.presets import recipe_from_json
from train.run_folder import RunFolder, make_folder, read_record
from train.training import Training, labelled, resumed

_INTERRUPTED = 130
_FORMAT = 1
_FIGURES = ("accuracy", "macro_recall")


@dataclass(frozen=True)
class Series:
    """The folder of a cross-validation: summary.json, and fold1, fold2 ... with a run each."""

    path: Path

    @property
    def summary(self) -> Path:
        """Command, recipe, options, each fold's figures, their mean and spread."""
        return self.path / "summary.json"

    def exists(self) -> bool:
        """Whether such a series has begun here."""
        return self.summary.is_file()

    def can_go_on(self) -> bool:
        """Whether such a series has begun here and not ended; DataError for an unreadable one."""
        return self.exists() and not read_record(self.summary)["finished"]

    def run_folder(self, number: int) -> RunFolder:
        """The run of fold ``number``, 1 or more."""
        return RunFolder(self.path / f"fold{number}")

    @classmethod
    def create(cls, root: Path, folds: int, training: Training) -> Series:
        """A new folder for ``folds`` trainings such as ``training``; UsageError for too few."""
        if folds < 2:
            raise UsageError("--folds: must be 2 or more, such as 5")
        series = cls(make_folder(root, f"{training.dataset.name}-{folds}-folds"))
        series.write(
            {
                "format": _FORMAT,
                "command": training.command,
                "options": training.options,
                "recipe": training.recipe.to_json(),
                "folds": folds,
                "finished": False,
                "rows": [],
            }
        )
        return series

    def write(self, record: dict[str, Any]) -> None:
        """Replace the summary."""
        with replace_file(self.summary) as stream:
            stream.write(json.dumps(record, indent=2).encode() + b"\n")


def newest_unfinished(root: Path) -> Path:
    """The folder of the latest run or series in ``root`` that can go on; DataError without one."""
    for path in sorted(root.glob("*/"), reverse=True):
        if RunFolder(path).can_go_on() or Series(path).can_go_on():
            return path
    raise DataError(
        f"{root}: no unfinished run to resume; start one with python -m train, or name the run"
        " folder after --resume"
    )


def start_folds(root: Path, folds: int, training: Training) -> int:
    """Train ``training`` for each fold in a new folder; returns the command's exit code.

    Nothing is left of a folder whose data cannot be divided so.
    """
    series = Series.create(root, folds, training)
    try:
        return run_folds(series)
    except EdgeError:
        if not any(path.is_dir() for path in series.path.iterdir()):
            shutil.rmtree(series.path)
        raise


def run_folds(series: Series) -> int:
    """Train what is left of ``series``, print its table; returns the command's exit code."""
    record = read_record(series.summary)
    options, folds = record["options"], record["folds"]
    datasets = fold_datasets(
        options["data"],
        folds=folds,
        size=options["size"],
        seed=options["seed"],
        shares=Shares(**options["shares"]),
    )
    rows = []
    for number, dataset in enumerate(datasets, 1):
        run_folder = series.run_folder(number)
        try:
            _train_fold(run_folder, labelled(dataset, options), record, f"{number} of {folds}")
        except KeyboardInterrupt:
            print(
                f"\nstopped in fold {number} of {folds}."
                f" Go on with: python -m train --resume {shlex.quote(str(series.path))}",
                file=sys.stderr,
            )
            return _INTERRUPTED
        rows.append({"fold": number, **_figures(run_folder)})
        series.write({**record, "rows": rows})
    summary = {name: _mean_and_spread([row[name] for row in rows]) for name in _FIGURES}
    series.write({**record, "finished": True, "rows": rows, **summary})
    print(_table(rows, summary))
    print(f"each fold's run and summary.json: {series.path}")
    return 0


def _train_fold(run_folder: RunFolder, dataset: Dataset, series: dict[str, Any], name: str) -> None:
    """Train one fold, or what an interruption left of it."""
    if run_folder.record.exists():
        record = run_folder.read()
        if record["data"]["sha256"] != dataset.sha256:
            raise DataError(
                f"{run_folder.path}: its data set {dataset.name} has changed since the run began;"
                " put it back, or start a new cross-validation"
            )
        if record["finished"]:
            return
        training = resumed(run_folder, lambda options: dataset)
    else:
        recipe = recipe_from_json(series["recipe"])
        training = Training(dataset, recipe, series["options"], series["command"])
        run_folder.write_data(dataset, series["options"]["seed"])
    training.resume = run_folder.path.parent
    print(f"\nfold {name}: {training.describe()}", flush=True)
    keras.utils.clear_session()  # the networks of the folds before
    training.run(training.start_network(), run_folder)


def _figures(run_folder: RunFolder) -> dict[str, Any]:
    """One row of the table, from a finished run's record."""
    record = run_folder.read()
    result = record["results"]["float"]
    return {
        "run": run_folder.path.name,
        "n": result["n"],
        "accuracy": result["top1"],
        "macro_recall": result["balanced_accuracy"],
        "best_epoch": record["progress"]["best_epoch"],
        "seconds": record["progress"]["seconds"],
        "cpu_seconds": record["progress"]["cpu_seconds"],
    }


def _mean_and_spread(values: list[float]) -> dict[str, float]:
    """Mean and sample standard deviation over the folds."""
    return {"mean": fmean(values), "std": stdev(values)}


def _table(rows: list[dict[str, Any]], summary: dict[str, dict[str, float]]) -> str:
    lines = [f"\n{'fold':>6} {'pictures':>9} {'accuracy':>9} {'macro recall':>13} {'minutes':>8}"]
    for row in rows:
        lines.append(
            f"{row['fold']:>6} {row['n']:>9,} {row['accuracy']:>9.2%} {row['macro_recall']:>13.2%}"
            f" {row['seconds'] / 60:>8.1f}"
        )
    for name, word in (("mean", "mean"), ("std", "spread")):
        accuracy, recall = (summary[figure][name] for figure in _FIGURES)
        lines.append(f"{word:>6} {'':>9} {accuracy:>9.2%} {recall:>13.2%}")
    return "\n".join(lines)
