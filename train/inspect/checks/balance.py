"""How many pictures the classes have, and how unequal that is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from train.inspect.finding import Finding
from train.inspect.survey import Survey

_FEW = 50  # pictures of a class
_UNEQUAL = 2.0  # largest class to smallest; below it, nothing is gained by weighting
_NAMED = 4  # classes in a sentence


def check(survey: Survey) -> Iterator[Finding]:
    """Classes with few pictures, and classes of unequal size, of those that can be learned."""
    # No weight and no recall helps a class that training leaves out: checks.learnable tells of it.
    counts, labels = np.where(survey.training_counts > 0, survey.counts, 0), survey.labels
    few = [int(c) for c in np.argsort(counts, kind="stable") if 0 < counts[c] < _FEW]
    if few:
        named = ", ".join(f"{labels[c]} ({counts[c]:,})" for c in few[:_NAMED])
        more = f" and {len(few) - _NAMED:,} more" if len(few) > _NAMED else ""
        yield Finding(
            "few", "fix", "Few pictures", f"fewer than {_FEW}: {named}{more}",
            "Add photos to these classes (50 or more each), or leave the classes out.",
        )  # fmt: skip
    present = counts[counts > 0]
    if len(present) > 1 and (times := _ratio(counts)) >= _UNEQUAL:
        largest = labels[int(counts.argmax())]
        smallest = labels[int(np.where(counts > 0, counts, counts.max() + 1).argmin())]
        yield Finding(
            "balance", "look", "Unequal classes",
            f"{largest} has {times:.1f} times the pictures of {smallest}: always answering"
            f" {largest} would be right in {counts.max() / counts.sum():.1%}",
            f"Train with --balance weights, and judge by the recall of {smallest}, not by accuracy"
            " alone.",
        )  # fmt: skip


def ratio(survey: Survey) -> float:
    """Pictures of the largest class for each of the smallest that has any; 1 or more."""
    return _ratio(survey.counts)


def _ratio(counts: NDArray[np.int64]) -> float:
    present = counts[counts > 0]
    return float(present.max() / present.min())
