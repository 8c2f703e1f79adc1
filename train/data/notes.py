"""What a user should know of the pictures: which are there twice, and what was done about it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.likeness import LEAST_CORRELATION
from train.data.alike import Looks
from train.data.dataset import Images
from train.data.layout import shortened

_MOST_COMPARED = 10**9  # pairs of training and test pictures: half a minute on two cores


def about_equal(images: Images, equal: NDArray[np.int64]) -> tuple[NDArray[np.bool_], list[str]]:
    """Which pictures (n,) stand in two classes, and lines about equal pictures."""
    doubtful = np.zeros(len(images), bool)
    crossed, within = [], []
    for first in np.unique(equal[equal != np.arange(len(equal))]):
        same = np.flatnonzero(equal == first)
        names = " = ".join(str(images.names[p]) for p in same)
        if len(np.unique(images.class_ids[same])) > 1:
            doubtful[same] = True
            crossed.append(names)
        else:
            within.append(names)
    notes = []
    if crossed:
        notes.append(
            f"{_count(len(crossed), 'picture')} in two classes: {shortened(crossed)}; used for"
            " training only, since no answer could be right; delete the wrong one of each"
        )
    if within:
        notes.append(
            f"{_count(len(within), 'picture')} more than once in a class: {shortened(within)}"
        )
    return doubtful, notes


def about_alike(
    images: Images, scenes: NDArray[np.int64], doubtful: NDArray[np.bool_]
) -> list[str]:
    """A line about scenes with pictures of two classes beside the equal, ``doubtful`` ones."""
    crossed = []
    for scene in np.unique(scenes[~doubtful]):
        same = np.flatnonzero(scenes == scene)
        if len(np.unique(images.class_ids[same])) > 1:
            crossed.append(" ~ ".join(str(images.names[p]) for p in same))
    if not crossed:
        return []
    return [
        f"{_count(len(crossed), 'scene')} in two classes, almost equal pictures: "
        f"{shortened(crossed)}; a scene is in one part only; delete what is in the wrong class"
    ]


def about_scenes(images: Images, scenes: NDArray[np.int64]) -> list[str]:
    """A line about pictures that share a scene."""
    numbers, counts = np.unique(scenes, return_counts=True)
    many = counts > 1
    if not many.any():
        return []
    largest = [str(name) for name in images.names[scenes == numbers[int(counts.argmax())]]]
    return [
        f"{int(counts[many].sum()):,} pictures show {int(many.sum()):,} scenes again and again (the"
        f" largest has {len(largest):,}: {shortened(largest)}); a scene is in one part only"
    ]


def about_divided(images: Images, scenes: NDArray[np.int64], parts: NDArray[np.str_]) -> list[str]:
    """A line about scenes that the user's own parts divide."""
    judges = np.isin(parts, ("validation", "test"))
    leaking = judges & np.isin(scenes, scenes[~judges])
    return [_leak_line(images, leaking)] if leaking.any() else []


def about_cut(labels: tuple[str, ...], images: Images, cut: list[tuple[int, int]]) -> list[str]:
    """A line for each class whose largest scene had to be divided after all."""
    totals = np.bincount(images.class_ids, minlength=len(labels))
    return [
        f"class {labels[c]}: {n:,} of its {totals[c]:,} pictures look alike (one scene, or a fixed"
        " camera); divided in the order of their names, so the accuracy will flatter; add"
        " pictures of other scenes"
        for c, n in cut
    ]


def about_leaks(
    images: Images, is_test: NDArray[np.bool_], equal: NDArray[np.int64]
) -> tuple[str, ...]:
    """A line when pictures of a given test part are in the training part too, or almost.

    ``equal`` (n,) are the positions of ``first_equal``. Grey pictures are compared for being equal
    only, as are more than 10^9 pairs.
    """
    trained = set(equal[~is_test].tolist())
    leaking = is_test & np.isin(equal, list(trained))
    some, others = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    if images.pixels.shape[3] == 3 and len(some) * len(others) <= _MOST_COMPARED:
        pairs = Looks(images.pixels).pairs_between(some, others, LEAST_CORRELATION)
        leaking[pairs[:, 1]] = True
    return (_leak_line(images, leaking),) if leaking.any() else ()


def _leak_line(images: Images, leaking: NDArray[np.bool_]) -> str:
    names = [str(name) for name in images.names[leaking]]
    return (
        f"{_count(len(names), 'picture')} of the given test or validation part in the training part"
        f" too, or almost: {shortened(names)}; left as given"
    )


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun} is" if count == 1 else f"{count:,} {noun}s are"
