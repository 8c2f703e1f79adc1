"""Divide pictures by class and scene: seeded, stratified, and no scene on two sides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.errors import UsageError

_MAX_VALIDATION = (
    2000  # enough to choose by, where a test part is given: data sets of many pictures
)


@dataclass(frozen=True)
class Shares:
    """How much of the pictures each part gets where the user did not divide them."""

    test: float = 0.2  # fraction of all pictures
    # Fraction of all pictures; of the training pictures where a test part is given. None: a tenth,
    # and at most 2,000 where a test part is given.
    validation: float | None = None
    whole_groups: bool = False  # a group that the user named is never divided either

    def check(self) -> None:
        """Raise UsageError for shares that leave too little to learn from."""
        validation = 0.1 if self.validation is None else self.validation
        if not (0 < self.test < 1 and 0 < validation < 1 and self.test + validation < 0.9):
            raise UsageError(
                f"--test-share {self.test:g}, --validation-share {validation:g}: must be above 0"
                " and together below 0.9; try 0.2 and 0.1"
            )

    def validation_of_rest(self, count: int, test_given: bool) -> float:
        """Fraction of the ``count`` pictures that remain beside the test part."""
        if test_given and self.validation is None:
            return min(0.1, _MAX_VALIDATION / count)
        validation = 0.1 if self.validation is None else self.validation
        return validation if test_given else validation / (1 - self.test)


def take(
    class_ids: NDArray[np.int64],
    scenes: NDArray[np.int64],
    share: float,
    rng: np.random.Generator,
    barred: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Positions of whole scenes that make up ``share`` (0 to 1) of every class, sorted.

    ``scenes`` (n,) has the same number for pictures that must not be parted; scenes with a
    ``barred`` picture are not taken. At least one picture of each class is taken, if its scenes
    let it, and one is left.
    """
    taking = _Taking(class_ids, scenes, share, barred)
    for class_id in taking.classes:
        order = [int(p) for p in rng.permutation(np.flatnonzero(class_ids == class_id))]
        taking.fill(class_id, order)
        taking.give_one(class_id, order)
    if not taking.chosen:
        return np.empty(0, np.int64)
    return np.sort(np.concatenate([taking.members[scene] for scene in taking.chosen]))


class _Taking:
    """What has been taken so far, and what may be."""

    def __init__(
        self,
        class_ids: NDArray[np.int64],
        scenes: NDArray[np.int64],
        share: float,
        barred: NDArray[np.bool_] | None,
    ) -> None:
        values, counts = np.unique(class_ids, return_counts=True)
        self.classes = [int(c) for c in values]
        self._class_ids, self._scenes = class_ids, scenes
        self._left = dict(zip(self.classes, map(int, counts), strict=True))
        self._missing = {c: max(1, round(n * share)) if n > 1 else 0 for c, n in self._left.items()}
        order = np.argsort(scenes, kind="stable")
        numbers, starts = np.unique(scenes[order], return_index=True)
        parts = np.split(order, starts[1:])
        self.members = dict(zip(map(int, numbers), parts, strict=True))
        self._barred = set() if barred is None else set(map(int, scenes[barred]))
        self.chosen: dict[int, None] = {}  # scenes, in the order in which they were taken

    def fill(self, class_id: int, order: list[int]) -> None:
        """Take scenes in that order while each brings the classes closer to their share."""
        for position in order:
            if self._missing[class_id] <= 0:
                break
            scene = int(self._scenes[position])
            counts = self._counts(scene)
            closer = sum(abs(self._missing[c] - n) - abs(self._missing[c]) for c, n in counts)
            if closer < 0 and self._is_free(scene, counts):
                self._choose(scene, counts)

    def give_one(self, class_id: int, order: list[int]) -> None:
        """Take the smallest scene of a class that got none because all are large."""
        if self._missing[class_id] <= 0 or any(
            int(self._scenes[position]) in self.chosen for position in order
        ):
            return
        scenes = list(dict.fromkeys(int(self._scenes[position]) for position in order))
        for scene in sorted(scenes, key=lambda s: len(self.members[s])):
            counts = self._counts(scene)
            if self._is_free(scene, counts):
                self._choose(scene, counts)
                return

    def _counts(self, scene: int) -> list[tuple[int, int]]:
        """(class, pictures) of a scene; more than one where a picture stands in two classes."""
        return list(Counter(int(c) for c in self._class_ids[self.members[scene]]).items())

    def _is_free(self, scene: int, counts: list[tuple[int, int]]) -> bool:
        if scene in self.chosen or scene in self._barred:
            return False
        return all(self._left[c] > n for c, n in counts)

    def _choose(self, scene: int, counts: list[tuple[int, int]]) -> None:
        self.chosen[scene] = None
        for c, n in counts:
            self._missing[c] -= n
            self._left[c] -= n
