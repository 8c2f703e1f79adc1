"""Pictures whose label is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.inspect.finding import Finding, one_by_one
from train.inspect.mislabels import FOLDS, Mislabels, find_mislabels, folds_of, out_of_fold
from train.inspect.survey import Survey

_UNSURE = 0.6  # agreement, below which the list says more of the classifier than of the labels


@dataclass(frozen=True)
class LabelCheck:
    """What was asked about the labels, and answered."""

    mislabels: Mislabels  # positions among all pictures
    checked: int  # pictures
    left_out: tuple[str, ...]  # labels of classes with fewer scenes than folds


def check_labels(survey: Survey, scene_ids: NDArray[np.int64], seed: int) -> LabelCheck | None:
    """Ask for each described picture what a classifier says that has not seen its scene.

    None where fewer than two classes have enough pictures to be asked about.
    """
    class_ids, described = survey.class_ids[survey.described], survey.described
    scenes = scene_ids[described]
    counts = [len(np.unique(scenes[class_ids == c])) for c in range(len(survey.labels))]
    enough = np.array(counts) >= FOLDS
    if enough.sum() < 2:
        return None
    kept = np.flatnonzero(enough[class_ids])
    numbers = np.cumsum(enough) - 1  # of the classes that stay
    classes = numbers[class_ids[kept]]
    folds = folds_of(classes, scenes[kept], seed)
    found = find_mislabels(out_of_fold(survey.features[kept], classes, folds), classes)
    mislabels = Mislabels(
        positions=described[kept[found.positions]],
        suggested=np.flatnonzero(enough)[found.suggested],
        given_scores=found.given_scores,
        suggested_scores=found.suggested_scores,
        agreement=found.agreement,
    )
    left_out = tuple(label for label, ok in zip(survey.labels, enough, strict=True) if not ok)
    return LabelCheck(mislabels, len(kept), left_out)


def check(survey: Survey, asked: LabelCheck | None) -> Iterator[Finding]:
    """The doubtful labels, the most doubtful first."""
    if asked is None or not len(asked.mislabels.positions):
        return
    found = asked.mislabels
    positions = [int(p) for p in found.positions]
    captions = tuple(
        f"is {survey.labels[survey.looks[p].class_id]}\nlike {survey.labels[s]} {score:.2f}"
        for p, s, score in zip(positions, found.suggested, found.suggested_scores, strict=True)
    )
    worth = (
        "Look at them from the top until most are right; move or delete the wrong ones."
        if found.agreement >= _UNSURE
        else "Look at the first few only: the classes are hard to tell apart by this check."
    )
    yield Finding(
        "mislabels", "look", "Labels in doubt",
        f"{len(positions):,} of {asked.checked:,} labels; a classifier that had not seen them"
        f" agrees with {found.agreement:.1%} of all",
        worth, one_by_one(positions), captions,
    )  # fmt: skip
