"""A run's report: one page that says what was trained, on what, and how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edge.atomic import replace_file
from train.data.dataset import Dataset
from train.evaluation.evaluation import Evaluation
from train.evaluation.plots import draw_confusion, draw_curve, draw_worst
from train.keeper import Progress
from train.recipe import Recipe


def write_report(
    folder: Path,
    dataset: Dataset,
    recipe: Recipe,
    options: dict[str, Any],
    progress: Progress,
    evaluation: Evaluation,
) -> None:
    """``report.md`` with its pictures, into ``folder``."""
    draw_curve(folder / "curve.png", progress.history)
    draw_confusion(folder / "confusion.png", evaluation, dataset.labels)
    draw_worst(folder / "worst.png", evaluation, dataset.test, dataset.labels)
    lines = [
        f"# {dataset.name}: {evaluation.accuracy.top1:.2%} on held-out pictures",
        "",
        f"- **Float accuracy**: {evaluation.accuracy}",
        f"- **Data**: {len(dataset.train):,} training, {len(dataset.validation):,} validation,"
        f" {len(dataset.test):,} test pictures of {dataset.spec.width}x{dataset.spec.height};"
        f" {len(dataset.labels)} classes; SHA-256 {dataset.sha256[:12]}",
        f"- **Training**: {progress.epoch} epochs in {progress.seconds / 60:.1f} min,"
        f" {options['precision']}, seed {options['seed']}; best validation accuracy"
        f" {progress.best_accuracy:.2%} after epoch {progress.best_epoch}",
        f"- **Recipe**: {recipe.summary()}",
        "",
        "![training curve](curve.png)",
        "",
        *_class_table(dataset, evaluation),
        "",
        "## Confusion",
        "",
        "![confusion matrix](confusion.png)",
        "",
        "## Surest mistakes",
        "",
        "![worst misclassified pictures](worst.png)",
        "",
    ]
    if dataset.skipped:
        lines += ["## Files that were not used", "", *(f"- {line}" for line in dataset.skipped), ""]
    with replace_file(folder / "report.md") as stream:
        stream.write("\n".join(lines).encode())


def _class_table(dataset: Dataset, evaluation: Evaluation) -> list[str]:
    """A table of each class: pictures and recall, the weakest class first."""
    counts = np.bincount(dataset.train.class_ids, minlength=len(dataset.labels))
    held_out = evaluation.confusion.sum(axis=1)
    rows = sorted(range(len(dataset.labels)), key=lambda i: evaluation.recall[i])
    return [
        "| class | training pictures | test pictures | recall |",
        "|---|---:|---:|---:|",
        *(
            f"| {dataset.labels[i]} | {counts[i]:,} | {held_out[i]:,} |"
            f" {'-' if np.isnan(evaluation.recall[i]) else f'{evaluation.recall[i]:.1%}'} |"
            for i in rows
        ),
    ]
