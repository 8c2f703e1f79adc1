"""Accuracy by group: whether some cameras, places or days do worse than the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.stats import Accuracy
from train.data.dataset import Images
from train.evaluation.evaluation import Evaluation


@dataclass(frozen=True)
class Group:
    """The test pictures of one group."""

    name: str  # empty for the pictures that were given none
    accuracy: Accuracy
    others: Accuracy | None  # all other test pictures; None when there are none

    @property
    def is_worse(self) -> bool:
        """True when chance hardly explains that the group does worse than the others.

        Newcombe's 95 % interval of the difference of two shares (R. G. Newcombe, Statistics in
        Medicine 17, 1998, method 10) lies below 0.
        """
        if self.others is None:
            return False
        own, rest = self.accuracy, self.others
        upper = np.hypot(own.interval[1] - own.top1, rest.top1 - rest.interval[0])
        return bool(own.top1 - rest.top1 + upper < 0)


def by_group(evaluation: Evaluation, images: Images) -> tuple[Group, ...]:
    """The groups of ``images``, the weakest first; none where no picture was given one."""
    names, group_ids = np.unique(images.groups, return_inverse=True)
    if not any(names.tolist()):
        return ()
    is_right = evaluation.answers == evaluation.class_ids
    pictures = np.bincount(group_ids, minlength=len(names)).tolist()
    rights = np.bincount(group_ids[is_right], minlength=len(names)).tolist()
    total, n = int(is_right.sum()), len(is_right)
    groups = [
        Group(
            name, Accuracy(right, count), Accuracy(total - right, n - count) if count < n else None
        )
        for name, right, count in zip(names.tolist(), rights, pictures, strict=True)
    ]
    return tuple(sorted(groups, key=lambda group: (group.accuracy.top1, group.name)))
