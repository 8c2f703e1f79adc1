"""The model card: what a run made, what for, on what data, how good, and its limits."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from train.evaluation.findings import Average, Findings, Run
from train.evaluation.remarks import limits, listed, verdict
from train.evaluation.rendering import ends, percent, render

_MOST_CLASSES = 40  # rows of the table, and names in the text


class Figure(NamedTuple):
    """One row of the table of figures."""

    name: str
    value: str
    interval: str


def model_card(findings: Findings, run: Run) -> bytes:
    """Markdown, UTF-8, in the sections of M. Mitchell et al., arXiv:1810.03993."""
    dataset = run.dataset
    lost = len(dataset.skipped)
    skipped = f" ({lost:,} {'file' if lost == 1 else 'files'} could not be used)" if lost else ""
    return render(
        "model-card.md",
        name=dataset.name,
        verdict=verdict(findings),
        labels=dataset.labels,
        names=listed(list(dataset.labels), _MOST_CLASSES),
        spec=dataset.spec,
        trained=date.today().isoformat(),
        versions=listed([f"{name} {version}" for name, version in run.tools.items()]),
        recipe=run.recipe.summary(),
        command=shlex.join(run.command),
        groups=findings.groups,
        test=len(dataset.test),
        train=len(dataset.train),
        validation=len(dataset.validation),
        skipped=skipped,
        input=f"resized to {dataset.spec.width}x{dataset.spec.height}, {dataset.spec.crop} crop",
        sha256=dataset.sha256,
        figures=list(_figures(findings)),
        classes=findings.weakest[:_MOST_CLASSES],
        left_out=max(0, len(dataset.labels) - _MOST_CLASSES),
        limits=limits(findings, run),
    )


def _figures(findings: Findings) -> Iterator[Figure]:
    evaluation = findings.evaluation
    accuracy, top3 = evaluation.accuracy, evaluation.top3
    yield Figure("accuracy", percent(accuracy.top1), ends(accuracy.interval))
    names = {
        "balanced_accuracy": "balanced accuracy (macro recall)",
        "macro_precision": "macro precision",
        "macro_f1": "macro F1",
    }
    for key, name in names.items():
        average: Average = findings.averages[key]
        yield Figure(name, percent(average.value), ends(average.interval))
    if top3:
        yield Figure("truth among the best three", percent(top3.top1), ends(top3.interval))
    yield Figure("expected calibration error", f"{findings.reliability.ece:.4f}", "")
    same = findings.always_the_same
    yield Figure("always the most frequent class", percent(same.top1), "")
