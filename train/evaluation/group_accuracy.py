"""Accuracy by group: whether some cameras, places or days do worse than the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from edge.stats import Accuracy
from train.data.dataset import Images
from train.evaluation.evaluation import Evaluation

_LEVEL = 0.05  # how often chance may call any group of a report worse


@dataclass(frozen=True)
class Group:
    """The test pictures of one group."""

    name: str  # empty for the pictures that were given none
    accuracy: Accuracy
    others: Accuracy | None  # all other test pictures; None when there are none
    p_value: float  # of so few right ones by chance, corrected for the number of groups

    @property
    def is_worse(self) -> bool:
        """True when chance hardly explains that the group does worse than the others."""
        return self.p_value <= _LEVEL


def by_group(evaluation: Evaluation, images: Images) -> tuple[Group, ...]:
    """The groups of ``images``, the weakest first; none where no picture was given one."""
    names, group_ids = np.unique(images.groups, return_inverse=True)
    if not any(names.tolist()):
        return ()
    is_right = evaluation.answers == evaluation.class_ids
    pictures = np.bincount(group_ids, minlength=len(names))
    rights = np.bincount(group_ids[is_right], minlength=len(names))
    total, n = int(is_right.sum()), len(is_right)
    groups = [
        Group(
            name,
            Accuracy(right, count),
            Accuracy(total - right, n - count) if count < n else None,
            p_value,
        )
        for name, right, count, p_value in zip(
            names.tolist(),
            rights.tolist(),
            pictures.tolist(),
            _holm(_so_few(rights, pictures)).tolist(),
            strict=True,
        )
    ]
    return tuple(sorted(groups, key=lambda group: (group.accuracy.top1, group.name)))


def _so_few(rights: NDArray[np.int64], pictures: NDArray[np.int64]) -> NDArray[np.float64]:
    """How likely each group would have so few right answers or fewer, were all alike.

    Fisher's exact test, one-sided (R. A. Fisher, Journal of the Royal Statistical Society 98,
    1935): exact for two pictures too.
    """
    p_values: NDArray[np.float64] = hypergeom.cdf(rights, pictures.sum(), rights.sum(), pictures)
    return p_values


def _holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same after Holm's correction: the more groups, the likelier one is weak by chance.

    S. Holm, Scandinavian Journal of Statistics 6, 1979; the tests may depend on each other.
    """
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected
