"""Cross-validation: the same pictures divided k times, each of them judging once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError, UsageError
from train.data.dataset import Dataset
from train.data.division import assembled, kept_together, taken
from train.data.material import Material
from train.data.source import PHOTO_SIZE, load_material
from train.data.split import Shares


def fold_datasets(
    source: str,
    *,
    folds: int,
    seed: int,
    size: int | None = None,
    photo_size: int = PHOTO_SIZE,
    shares: Shares | None = None,
) -> Iterator[Dataset]:
    """``folds`` data sets (2 or more); every picture is in the test part of exactly one.

    Stratified, and no scene on two sides (scikit-learn's StratifiedGroupKFold); parts that the
    source brings are put together first. The validation part is taken from the others, as by
    ``load``. Raises DataError, and UsageError for a wrong number of folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    shares = shares or Shares()
    shares.check()
    material = load_material(source, size=size, photo_size=photo_size, keep_parts=False)
    scene_ids = kept_together(material, shares)
    class_ids = material.images.class_ids
    most = min(len(np.unique(scene_ids)), int(np.bincount(class_ids).max()))
    if not 2 <= folds <= most:
        raise UsageError(f"--folds {folds}: must be from 2 to {most} for {material.source}")
    rng = np.random.default_rng(seed)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class with fewer pictures than folds
        divisions = list(splitter.split(class_ids, class_ids, scene_ids))
    share = min(0.5, shares.validation_of_rest(len(class_ids), False))
    parts = []
    for rest, test in divisions:
        validation = taken(material, scene_ids, rest, share, rng)
        parts.append((np.setdiff1d(rest, validation), validation, test))
    _check_all(material, [train for train, _, _ in parts])
    for train, validation, test in parts:
        yield assembled(material, train, validation, test, whole_groups=shares.whole_groups)


def _check_all(material: Material, trained_on: Sequence[NDArray[np.int64]]) -> None:
    """Raise DataError, before any fold is trained, when a class would be missing in one."""
    for train in trained_on:
        counts = np.bincount(material.images.class_ids[train], minlength=len(material.labels))
        if not counts.all():
            label = material.labels[int(np.argmin(counts))]
            raise DataError(
                f"{material.source}: class {label} has too few scenes for {len(trained_on)} folds:"
                " in one of them none is left to train on; add photos of other scenes, or train"
                " without --folds"
            )
