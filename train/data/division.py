"""A data set out of undivided pictures: what the user divided stays, the rest is divided here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError
from train.data.dataset import Dataset, check_classes
from train.data.groups import join
from train.data.material import Material
from train.data.split import Shares, take

_FEW = 10  # pictures of a class, below which a recall says nothing
_MORE_SCENES = (
    "add photos of other scenes (a class needs three that do not look alike, better 50 or more)"
)
_MORE_GROUPS = "a class needs three groups or more; name more of them, or leave --whole-groups out"


def divide(material: Material, shares: Shares, seed: int) -> Dataset:
    """Train, validation and test part, decided by ``seed`` where the user left it open.

    Seven tenths train, one validates, two judge, by default, of every class; a scene is in one
    part only. Raises DataError when no picture is left to train, to choose or to judge.
    """
    scene_ids = kept_together(material, shares)
    rng = np.random.default_rng(seed)
    is_test, is_validation = material.parts == "test", material.parts == "validation"
    pool = np.flatnonzero(~is_test & ~is_validation)
    test = np.flatnonzero(is_test)
    if not is_test.any():
        test = taken(material, scene_ids, pool, shares.test, rng)
        pool = np.setdiff1d(pool, test)
    validation = np.flatnonzero(is_validation)
    if not is_validation.any():
        share = shares.validation_of_rest(len(pool), bool(is_test.any()))
        validation = taken(material, scene_ids, pool, share, rng)
        pool = np.setdiff1d(pool, validation)
    material = replace(material, notes=material.notes + _about_unused(material, shares))
    return assembled(material, pool, validation, test, whole_groups=shares.whole_groups)


def kept_together(material: Material, shares: Shares) -> NDArray[np.int64]:
    """The scenes (n,), with the user's groups made one each where that was asked for."""
    if not shares.whole_groups:
        return material.scenes
    if not (material.images.groups != "").any():
        raise DataError(
            f"{material.source}: has no groups to keep whole; name them in labels.csv, or in"
            " folders inside the class folders"
        )
    return join(material.scenes, material.images.groups)


def taken(
    material: Material,
    scene_ids: NDArray[np.int64],
    pool: NDArray[np.int64],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Positions out of ``pool`` that make up ``share`` of every class of it, in whole scenes."""
    class_ids = material.images.class_ids
    return pool[take(class_ids[pool], scene_ids[pool], share, rng, material.is_doubtful[pool])]


def assembled(
    material: Material,
    train: NDArray[np.int64],
    validation: NDArray[np.int64],
    test: NDArray[np.int64],
    *,
    whole_groups: bool = False,
) -> Dataset:
    """The data set of three parts, given by position; DataError when one is empty.

    ``whole_groups`` says that the user's groups were not divided, which may be why.
    """
    for part, use in ((validation, "to choose the best epoch by"), (test, "to judge by")):
        if not len(part):
            remedy = _MORE_GROUPS if whole_groups else _MORE_SCENES
            raise DataError(f"{material.source}: no picture is left {use}; {remedy}")
    images = material.images
    check_classes(material.source, images.class_ids[train], material.labels)
    return Dataset(
        name=material.name,
        labels=material.labels,
        train=images.take(train),
        validation=images.take(validation),
        test=images.take(test),
        spec=material.spec,
        skipped=material.skipped,
        notes=material.notes + _about_few(material, test),
    )


def _about_unused(material: Material, shares: Shares) -> tuple[str, ...]:
    """A line for each share that was asked for although the user divided the pictures."""
    asked = {
        "validation": shares.validation is not None,
        "test": shares.test != Shares().test,
    }
    return tuple(
        f"--{part}-share: changes nothing, {material.source} brings a {part} part of its own"
        for part, is_asked in asked.items()
        if is_asked and (material.parts == part).any()
    )


def _about_few(material: Material, test: NDArray[np.int64]) -> tuple[str, ...]:
    """A line for each class that is too small to be judged."""
    count = len(material.labels)
    all_of = np.bincount(material.images.class_ids, minlength=count)
    judging = np.bincount(material.images.class_ids[test], minlength=count)
    return tuple(
        f"class {label}: {all_of[i]} picture(s), {judging[i]} of them to judge by; its recall says"
        " little; take 50 or more, of different scenes"
        for i, label in enumerate(material.labels)
        if all_of[i] < _FEW or not judging[i]
    )
