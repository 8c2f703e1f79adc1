"""A data set with everything that was found in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.data.groups import scenes
from train.inspect.checks import balance, copies, labels, learnable, quality, shape, shortcuts
from train.inspect.checks.labels import LabelCheck
from train.inspect.finding import Finding
from train.inspect.survey import Survey

_ORDER = ("fix", "look", "know")


@dataclass(frozen=True, eq=False)
class Inspection:
    """The survey, and the findings, the most urgent first."""

    survey: Survey
    scene_ids: NDArray[np.int64]  # (n,), equal for pictures of one scene
    label_check: LabelCheck | None
    findings: tuple[Finding, ...]
    seed: int

    @property
    def scene_count(self) -> int:
        """How many different things or places the pictures show."""
        return len(np.unique(self.scene_ids))


def scenes_of(survey: Survey) -> NDArray[np.int64]:
    """(n,), equal for pictures of one scene, as a training tells them."""
    # An array's numbers follow no time, as the numbers of a camera's files do.
    names = survey.names if survey.is_folder else np.full(len(survey.looks), "")
    return scenes(survey.small, survey.class_ids, names)


def inspect(survey: Survey, seed: int) -> Inspection:
    """Run every check."""
    scene_ids = scenes_of(survey)
    asked = labels.check_labels(survey, scene_ids, seed) if len(survey.described) else None
    found = [
        *learnable.check(survey),
        *copies.check(survey, scene_ids),
        *labels.check(survey, asked),
        *balance.check(survey),
        *shortcuts.check(survey),
        *quality.check(survey),
        *shape.check(survey),
    ]
    findings = tuple(sorted(found, key=lambda finding: _ORDER.index(finding.urgency)))
    return Inspection(survey, scene_ids, asked, findings, seed)
