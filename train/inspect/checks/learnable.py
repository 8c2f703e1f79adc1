"""Classes that nothing can be learned of: training leaves them out, or refuses the data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from train.data.layout import shortened
from train.inspect.finding import Finding, one_by_one
from train.inspect.survey import Survey

_FEWEST = 2  # classes of a classifier


def check(survey: Survey) -> Iterator[Finding]:
    """Fewer than two classes to learn, and classes whose pictures all validate or test."""
    is_learned = survey.training_counts > 0
    if is_learned.sum() < _FEWEST:
        yield _too_few(survey)
    if not is_learned.all():
        yield _unlearned(survey)


def _too_few(survey: Survey) -> Finding:
    """The finding for less than a classifier needs."""
    learned = [survey.labels[c] for c in np.flatnonzero(survey.training_counts)]
    who = f"only {learned[0]} has" if learned else "no class has"
    advice = "Add training pictures of another class, even of anything else"
    # The folder above the class folders, given by mistake, looks like one class as well.
    wrapper = (
        f"; if {learned[0]} is no class but holds the class folders, give that folder to --data"
        if learned and survey.is_folder
        else ""
    )
    return Finding(
        key="one-class",
        urgency="fix",
        title="Fewer than two classes",
        text=f"training refuses the data: {who} training pictures, a classifier needs two classes"
        " or more",
        advice=f"{advice}{wrapper}.",
    )


def _unlearned(survey: Survey) -> Finding:
    """The finding for classes without a training picture, with the pictures that they do have."""
    class_ids = np.flatnonzero(survey.training_counts == 0)
    parts: dict[int, Counter[str]] = defaultdict(Counter)
    for look in survey.looks:
        parts[look.class_id][look.part] += 1
    named = shortened([f"{survey.labels[c]} ({_whereabouts(parts[int(c)])})" for c in class_ids])
    does = "leaves out" if survey.is_folder else "refuses the data for want of"
    positions = [int(p) for p in np.flatnonzero(np.isin(survey.class_ids, class_ids))]
    return Finding(
        key="unlearned",
        urgency="fix",
        title="No training picture of a class",
        text=f"training {does} {named}",
        advice="Add training pictures of it, or move some there from another part; otherwise remove"
        " the class.",
        groups=one_by_one(positions),
    )


def _whereabouts(parts: Counter[str]) -> str:
    """How many pictures a class has in which part."""
    return ", ".join(f"{n:,} in {part}" for part, n in parts.items()) or "no readable picture"
