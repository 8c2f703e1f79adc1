"""The report as JSON: every figure of the page, described in docs/evaluation.md."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.stats import Accuracy
from train.evaluation.confusion import Pair, shares
from train.evaluation.findings import ClassFigures, Findings, Run
from train.evaluation.group_accuracy import Group
from train.evaluation.intervals import RESAMPLES
from train.evaluation.remarks import limits, verdict
from train.keeper import Progress

_FORMAT = 1
_MOST_CLASSES = 100  # a matrix of more is millions of numbers; the pairs say the same


def to_json(findings: Findings, run: Run) -> dict[str, Any]:
    """The whole report; shares are fractions 0 to 1, None where nothing can be said."""
    evaluation, dataset = findings.evaluation, run.dataset
    return {
        "format": _FORMAT,
        "verdict": verdict(findings),
        "limits": limits(findings, run),
        "accuracy": evaluation.accuracy.to_json(),
        "top3": evaluation.top3.to_json() if evaluation.top3 else None,
        "always_the_same": findings.always_the_same.to_json(),
        "averages": {
            name: {"value": _rounded(average.value), "ci95": _pair(average.interval)}
            for name, average in findings.averages.items()
        },
        "resamples": RESAMPLES,
        "classes": [_class(figures) for figures in findings.classes],
        "confusion": {
            **_matrix(evaluation.confusion),
            "pairs": [_confused(pair) for pair in findings.pairs],
        },
        "curves": _curves(findings, dataset.labels),
        "calibration": findings.reliability.to_json(),
        "groups": [_group(group) for group in findings.groups],
        "training": _training(run.progress),
        "data": {
            "name": dataset.name,
            "sha256": dataset.sha256,
            "train": len(dataset.train),
            "validation": len(dataset.validation),
            "test": len(dataset.test),
            "skipped": list(dataset.skipped),
            "notes": list(dataset.notes),
        },
        "input": dataset.spec._asdict(),
        "recipe": asdict(run.recipe),
        "options": run.options,
        "tools": run.tools,
        "command": list(run.command),
    }


def _matrix(confusion: NDArray[np.int64]) -> dict[str, Any]:
    if len(confusion) > _MOST_CLASSES:
        return {"counts": None, "shares": None}
    return {"counts": confusion.tolist(), "shares": shares(confusion).round(6).tolist()}


def _class(figures: ClassFigures) -> dict[str, Any]:
    ranking = figures.ranking
    return {
        "label": figures.label,
        "train": figures.train,
        "validation": figures.validation,
        "test": figures.test,
        "recall": _share(figures.recall),
        "precision": _share(figures.precision),
        "f1": None
        if figures.f1 is None or figures.f1_interval is None
        else {"value": _rounded(figures.f1), "ci95": _pair(figures.f1_interval)},
        "roc_auc": None
        if ranking is None
        else {"value": _rounded(ranking.auc), "ci95": _pair(ranking.auc_interval)},
        "average_precision": None if ranking is None else _rounded(ranking.average_precision),
    }


def _confused(pair: Pair) -> dict[str, Any]:
    return {"truth": pair.truth, "answer": pair.answer, **_counted(pair.share)}


def _curves(findings: Findings, labels: tuple[str, ...]) -> dict[str, Any] | None:
    if (found := findings.curves) is None:
        return None
    return {
        "class": labels[found.class_id],
        "roc": found.roc.round(6).tolist(),
        "precision_recall": found.precision_recall.round(6).tolist(),
    }


def _group(group: Group) -> dict[str, Any]:
    return {"name": group.name, "is_worse": group.is_worse, **group.accuracy.to_json()}


def _training(progress: Progress) -> dict[str, Any]:
    rows = [{key: _known(value) for key, value in row.items()} for row in progress.history]
    return {**asdict(progress), "history": rows}


def _share(value: Accuracy | None) -> dict[str, Any] | None:
    return None if value is None else _counted(value)


def _counted(value: Accuracy) -> dict[str, Any]:
    return {
        "value": _rounded(value.top1),
        "count": value.right,
        "n": value.n,
        "ci95": _pair(value.interval),
    }


def _pair(interval: tuple[float, float]) -> list[float | None]:
    return [_rounded(end) for end in interval]


def _rounded(value: float) -> float | None:
    return _known(round(value, 6))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
