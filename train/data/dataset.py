"""Pictures with their classes, in three parts, and how they are divided."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError
from edge.preprocess import FrameToInput

_NO_GROUP: NDArray[np.str_] = np.array("")


@dataclass(frozen=True)
class Images:
    """Pictures with their class; all four have the same length."""

    pixels: NDArray[np.uint8]  # (n, height, width, channels), RGB or grey, 0 to 255
    class_ids: NDArray[np.int64]  # (n,), 0 to classes - 1
    names: NDArray[np.str_]  # (n,), where each came from: a path, or an array and its index
    # (n,), what the user calls a group; empty where none was given
    groups: NDArray[np.str_] = field(default_factory=lambda: _NO_GROUP)

    def __post_init__(self) -> None:
        if self.groups is _NO_GROUP:
            object.__setattr__(self, "groups", np.full(len(self.names), ""))

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, positions: NDArray[np.int64]) -> Images:
        """The pictures at ``positions``, in that order."""
        return Images(
            self.pixels[positions],
            self.class_ids[positions],
            self.names[positions],
            self.groups[positions],
        )


@dataclass(frozen=True)
class Dataset:
    """What a training needs to know of its data."""

    name: str
    labels: tuple[str, ...]
    train: Images
    validation: Images  # chooses the checkpoint, the temperature and the threshold
    test: Images  # judges; no choice is ever made on it
    spec: FrameToInput  # how a frame becomes such a picture
    skipped: tuple[str, ...] = ()  # a line for each file that could not be used
    notes: tuple[str, ...] = ()  # what a user should know of the others

    @cached_property
    def sha256(self) -> str:
        """Hash over every pixel and class of the three parts."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(np.ascontiguousarray(part.pixels).data)
            digest.update(np.ascontiguousarray(part.class_ids).data)
        return digest.hexdigest()


def check_classes(name: str, class_ids: NDArray[np.int64], labels: tuple[str, ...]) -> None:
    """Raise DataError unless there are two classes or more, each with pictures."""
    counts = np.bincount(class_ids, minlength=len(labels))
    if len(labels) < 2 or np.count_nonzero(counts) < 2:
        raise DataError(
            f"{name}: fewer than two classes have training pictures; a classifier needs two or more"
        )
    if not counts.all():
        empty = labels[int(np.argmin(counts))]
        raise DataError(f"{name}: class {empty} has no training pictures; add some or remove it")


def stratified(images: Images, count: int, seed: int) -> NDArray[np.int64]:
    """Positions of about ``count`` pictures, as evenly over the classes as they allow."""
    rng = np.random.default_rng(seed)
    shuffled = [
        rng.permutation(np.flatnonzero(images.class_ids == class_id))
        for class_id in np.unique(images.class_ids)
    ]
    # Deal one picture a class a round, so that small classes run out first.
    rounds = max(map(len, shuffled))
    dealt = [members[r] for r in range(rounds) for members in shuffled if r < len(members)]
    return np.sort(np.array(dealt[:count], np.int64))


def with_labels(dataset: Dataset, labels: tuple[str, ...]) -> Dataset:
    """The same pictures under other names."""
    if len(labels) != len(dataset.labels):
        raise DataError(
            f"--labels: {len(labels)} names for {len(dataset.labels)} classes; name every class"
        )
    return replace(dataset, labels=labels)
