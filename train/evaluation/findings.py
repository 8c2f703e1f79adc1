"""Everything that the test pictures tell about a run, computed once for page, JSON and card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.reliability import Reliability
from edge.stats import Accuracy
from train.data.dataset import Dataset
from train.evaluation.confusion import Pair, confused_pairs
from train.evaluation.evaluation import Evaluation
from train.evaluation.group_accuracy import Group, by_group
from train.evaluation.intervals import Interval, around, resampled
from train.evaluation.ranking import ClassRanking, Curves, curves, rank_classes
from train.keeper import Progress
from train.recipe import Recipe


@dataclass(frozen=True)
class Run:
    """What was trained, on what, and how: the report's other half."""

    dataset: Dataset
    recipe: Recipe
    options: dict[str, Any]
    progress: Progress
    command: tuple[str, ...]
    tools: dict[str, str]  # versions by name


@dataclass(frozen=True)
class Average:
    """One figure over all classes, 0 to 1."""

    value: float
    interval: Interval  # bootstrapped


@dataclass(frozen=True)
class ClassFigures:
    """One class on the test pictures; shares 0 to 1, None where nothing can be said."""

    label: str
    train: int  # training pictures
    validation: int
    recall: Accuracy | None
    precision: Accuracy | None
    f1: float | None
    f1_interval: Interval | None
    ranking: ClassRanking | None

    @property
    def test(self) -> int:
        """Test pictures."""
        return self.recall.n if self.recall else 0


@dataclass(frozen=True, eq=False)
class Findings:
    """The figures, in the order in which the report shows them."""

    evaluation: Evaluation
    averages: dict[str, Average]
    always_the_same: Accuracy  # what naming the most frequent class every time would give
    classes: tuple[ClassFigures, ...]  # in the order of the labels
    pairs: tuple[Pair, ...]  # that are confused, the worst first
    curves: Curves | None  # of two classes
    reliability: Reliability
    groups: tuple[Group, ...]  # the weakest first

    @property
    def weakest(self) -> tuple[ClassFigures, ...]:
        """The classes with test pictures, the lowest recall first."""
        known = [figures for figures in self.classes if figures.recall]
        return tuple(sorted(known, key=lambda c: c.recall.top1 if c.recall else 0.0))


def find(dataset: Dataset, evaluation: Evaluation) -> Findings:
    """All figures of one evaluation of the test pictures of ``dataset``."""
    drawn = resampled(evaluation.confusion)
    spread = drawn.averages
    averages = {
        name: Average(float(value), around(float(value), spread[name]))
        for name, value in evaluation.counts.averages.items()
    }
    pictures = evaluation.counts.pictures
    commonest = int(np.bincount(dataset.train.class_ids, minlength=len(dataset.labels)).argmax())
    return Findings(
        evaluation=evaluation,
        averages=averages,
        always_the_same=Accuracy(int(pictures[commonest]), int(pictures.sum())),
        classes=_class_figures(dataset, evaluation, drawn.f1),
        pairs=confused_pairs(evaluation.confusion, dataset.labels),
        curves=curves(evaluation.scores, evaluation.class_ids),
        reliability=Reliability.of(evaluation.scores, evaluation.class_ids),
        groups=by_group(evaluation, dataset.test),
    )


def _class_figures(
    dataset: Dataset, evaluation: Evaluation, f1_drawn: NDArray[np.float64]
) -> tuple[ClassFigures, ...]:
    counts = evaluation.counts
    train, validation = (
        np.bincount(part.class_ids, minlength=len(dataset.labels)).tolist()
        for part in (dataset.train, dataset.validation)
    )
    rankings = rank_classes(evaluation.scores, evaluation.class_ids)
    figures = []
    for i, label in enumerate(dataset.labels):
        hits, pictures, answers = (
            int(of[i]) for of in (counts.hits, counts.pictures, counts.answers)
        )
        f1 = float(counts.f1[i]) if pictures else None
        figures.append(
            ClassFigures(
                label=label,
                train=train[i],
                validation=validation[i],
                recall=Accuracy(hits, pictures) if pictures else None,
                precision=Accuracy(hits, answers) if answers else None,
                f1=f1,
                f1_interval=None if f1 is None else around(f1, f1_drawn[:, i]),
                ranking=rankings[i],
            )
        )
    return tuple(figures)
