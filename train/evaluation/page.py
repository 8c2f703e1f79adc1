"""The report as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from train.evaluation import examples
from train.evaluation.charts import HEIGHT, WIDTH, reliability_bars, unit_chart
from train.evaluation.confusion import shares
from train.evaluation.findings import Findings, Run
from train.evaluation.history import training_charts, training_line
from train.evaluation.intervals import RESAMPLES
from train.evaluation.remarks import limits, verdict
from train.evaluation.rendering import ends, percent, render, style
from train.evaluation.thumbnails import Thumbnail, heat_map, thumbnail

_MOST_CLASSES = 40  # rows of a table
_MOST_CELLS = 20  # classes up to which the matrix fits on a page
_MOST_PAIRS = 8  # sentences
_MOST_MISTAKES, _MOST_RIGHT = 24, 12  # pictures


class Figure(NamedTuple):
    """One of the numbers at the top."""

    name: str
    value: str
    note: str


class Example(NamedTuple):
    """One picture of the sheets."""

    thumbnail: Thumbnail
    truth: str
    answer: str
    score: float
    name: str


class Cell(NamedTuple):
    """One field of the confusion matrix."""

    text: str
    strength: int  # of its colour, percent


def page(findings: Findings, run: Run) -> bytes:
    """The page, UTF-8; sections without data are left out."""
    evaluation, labels = findings.evaluation, run.dataset.labels
    weakest = findings.weakest
    few = len(labels) <= _MOST_CELLS
    return render(
        "report.html",
        style=Markup(style()),  # our own file, no text of the user's
        width=WIDTH,
        height=HEIGHT,
        run=run,
        labels=labels,
        verdict=verdict(findings),
        limits=limits(findings, run),
        figures=list(_figures(findings, run)),
        averages=findings.averages,
        resamples=RESAMPLES,
        classes=weakest[:_MOST_CLASSES],
        left_out=max(0, len(labels) - _MOST_CLASSES),
        pairs=findings.pairs[:_MOST_PAIRS],
        cells=_cells(evaluation.confusion) if few else None,
        heat=None if few else heat_map(evaluation.confusion),
        accuracy=evaluation.accuracy,
        wrong=evaluation.accuracy.n - evaluation.accuracy.right,
        worst=_examples(findings, run, examples.worst(evaluation, _MOST_MISTAKES)),
        right=_examples(findings, run, examples.right(evaluation, _MOST_RIGHT)),
        curves=_curves(findings, labels),
        bars=reliability_bars(findings.reliability),
        reliability=findings.reliability,
        groups=findings.groups[:_MOST_CLASSES],
        groups_left_out=max(0, len(findings.groups) - _MOST_CLASSES),
        training=training_line(run),
        training_charts=training_charts(run.progress.history),
        **_background(findings, run),
    )


def _figures(findings: Findings, run: Run) -> Iterator[Figure]:
    evaluation, averages = findings.evaluation, findings.averages
    accuracy = evaluation.accuracy
    yield Figure("Accuracy", percent(accuracy.top1), f"{ends(accuracy.interval)} %")
    balanced, f1 = averages["balanced_accuracy"], averages["macro_f1"]
    yield Figure("Balanced accuracy", percent(balanced.value), f"{ends(balanced.interval)} %")
    low, high = f1.interval
    yield Figure("Macro F1", f"{f1.value:.3f}", f"{low:.3f} to {high:.3f}")
    if evaluation.top3:
        yield Figure("Top-3", percent(evaluation.top3.top1), f"{ends(evaluation.top3.interval)} %")
    if findings.curves and (ranking := findings.classes[findings.curves.class_id].ranking):
        low, high = ranking.auc_interval
        yield Figure("ROC AUC", f"{ranking.auc:.4f}", f"{low:.4f} to {high:.4f}")
    yield Figure("Calibration error", f"{findings.reliability.ece:.4f}", "before the conversion")
    same = findings.always_the_same
    yield Figure("Without a network", percent(same.top1), "the most frequent class each time")


def _cells(confusion: NDArray[np.int64]) -> dict[str, list[list[Cell]]]:
    rows = shares(confusion)
    # Root: rare mistakes stay visible.
    strengths = np.ceil(55 * np.sqrt(rows)).astype(int)

    def grid(texts: list[list[str]]) -> list[list[Cell]]:
        return [
            [Cell(text, int(strength)) for text, strength in zip(*pair, strict=True)]
            for pair in zip(texts, strengths, strict=True)
        ]

    return {
        "counts": grid([[f"{count:,}" if count else "" for count in row] for row in confusion]),
        "shares": grid([[f"{100 * share:.1f}" if share else "" for share in row] for row in rows]),
    }


def _examples(findings: Findings, run: Run, positions: NDArray[np.int64]) -> list[Example]:
    evaluation, images, labels = findings.evaluation, run.dataset.test, run.dataset.labels
    return [
        Example(
            thumbnail(images.pixels[i]),
            labels[images.class_ids[i]],
            labels[evaluation.answers[i]],
            float(evaluation.scores[i].max()),
            str(images.names[i]),
        )
        for i in positions
    ]


def _curves(findings: Findings, labels: tuple[str, ...]) -> dict[str, Any] | None:
    if (found := findings.curves) is None:
        return None
    label = labels[found.class_id]
    share = findings.evaluation.counts.pictures[found.class_id] / findings.evaluation.accuracy.n
    return {
        "label": label,
        "ranking": findings.classes[found.class_id].ranking,
        "roc": unit_chart(f"{label} found", "others named so", found.roc, (0.0, 1.0)),
        "precision_recall": unit_chart(
            "answers right", f"{label} found", found.precision_recall, (share, share)
        ),
    }


def _background(findings: Findings, run: Run) -> dict[str, Any]:
    dataset, spec = run.dataset, run.dataset.spec
    notes = (("Notes", dataset.notes), ("Files that were not used", dataset.skipped))
    return {
        "data_facts": [
            ("Source", run.options.get("data", dataset.name)),
            ("Pictures", f"{spec.width}x{spec.height}x{spec.channels}, {spec.crop} crop"),
            ("SHA-256", dataset.sha256),
        ],
        "by_size": sorted(findings.classes, key=lambda c: c.train)[:_MOST_CLASSES],
        "notes": [(title, lines) for title, lines in notes if lines],
        "command": [shlex.quote(word) for word in run.command],
        "tools": list(run.tools.items()),
        "recipe": list(_flat("", {"recipe": asdict(run.recipe), "options": run.options})),
    }


def _flat(before: str, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Nested values as rows: a name of its parts, and the value."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{before}{name}.", value)
        else:
            yield f"{before}{name}", "none" if value is None else str(value)
