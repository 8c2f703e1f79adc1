"""Runs of any number of classes, judged, without a training."""

from __future__ import annotations

import numpy as np
import pytest

from edge.preprocess import FrameToInput
from train.data.dataset import Dataset, Images
from train.evaluation.evaluation import evaluate
from train.evaluation.findings import Run, find
from train.evaluation.report import write_report
from train.keeper import Progress
from train.presets import recipe_from_json
from train.run_folder import RunFolder


@pytest.fixture(scope="session")
def recipe(digits_run):
    """The recipe of a real run."""
    return recipe_from_json(RunFolder(digits_run).read()["recipe"])


@pytest.fixture
def judged(recipe):
    """A function: labels and a confusion matrix become a run and what was found."""

    def make(labels, confusion, *, groups=None, side=16, channels=3, right=0.9, **data):
        confusion = np.asarray(confusion)
        truth = np.repeat(np.arange(len(labels)), confusion.sum(axis=1))
        answers = np.concatenate([np.repeat(np.arange(len(labels)), row) for row in confusion])
        scores = np.full((len(truth), len(labels)), (1 - right) / (len(labels) - 1), np.float32)
        scores[np.arange(len(truth)), answers] = right
        rng = np.random.default_rng(0)
        pixels = rng.integers(0, 256, (len(truth), side, side, channels), np.uint8)
        names = np.array([f"{labels[c]}/{i}.jpg" for i, c in enumerate(truth)])
        groups = np.full(len(truth), "") if groups is None else np.array(groups)
        test = Images(pixels, truth, names, groups)
        spec = FrameToInput(side, side, channels)
        dataset = Dataset("photos", tuple(labels), test, test, test, spec, **data)
        row = {"loss": 2.0, "accuracy": 0.1, "val_accuracy": 0.2}
        history = [{**row, "epoch": epoch, "seconds": 5.0 * epoch} for epoch in (1, 2, 3)]
        progress = Progress(epoch=3, seconds=15.0, best_accuracy=0.2, best_epoch=1, history=history)
        options = {"data": "photos", "precision": "float32", "seed": 0}
        command = ("python", "-m", "train", "--data", "my photos")
        run = Run(dataset, recipe, options, progress, command, {"python": "3.11"})
        return run, find(dataset, evaluate(scores, test))

    return make


@pytest.fixture
def written(judged, tmp_path):
    """A function: the same, and the folder where its report was written."""

    def make(*args, **kwargs):
        run, findings = judged(*args, **kwargs)
        parts = run.dataset, run.recipe, run.options, run.progress
        RunFolder(tmp_path).write_record(list(run.command), *parts, None)
        write_report(tmp_path, *parts, findings.evaluation)
        return tmp_path

    return make
