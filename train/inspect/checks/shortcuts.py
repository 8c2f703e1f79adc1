"""What gives a class away without showing it: a network learns that instead of the thing.

R. Geirhos et al., "Shortcut Learning in Deep Neural Networks", arXiv:2004.07780.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from train.inspect.checks.quality import fault_of
from train.inspect.finding import Finding, one_by_one
from train.inspect.look import Look
from train.inspect.survey import Survey

_FEWEST = 10  # pictures of a class, and of the others
_IN, _OUT = 0.9, 0.1  # share of the class that has it, and of the others
_GREY_MINORITY = 0.2

_MARKS: tuple[tuple[str, Callable[[Look], str]], ...] = (
    ("files", lambda look: look.kind),
    ("pixels", lambda look: f"{look.width}x{look.height}"),
    ("", lambda look: "grey" if look.is_grey else "in colour"),
)


def check(survey: Survey) -> Iterator[Finding]:
    """Grey pictures among colour, and classes that a file's format, size or greyness tells."""
    looks = survey.looks
    # What is nearly black or white has no colour to lose.
    grey = [p for p, look in enumerate(looks) if look.is_grey and not fault_of(look, False)]
    if 0 < len(grey) <= _GREY_MINORITY * len(looks):
        yield Finding(
            "grey", "look", "Grey among colour",
            f"{len(grey):,} picture{'s' * (len(grey) != 1)} without colour",
            "Keep them only if the camera is grey at times, as at night; otherwise delete them.",
            one_by_one(grey),
        )  # fmt: skip
    told = list(_told(survey))
    if told:
        yield Finding(
            "shortcuts", "fix", "Told by the file, not by the thing",
            "; ".join(told),
            "Take or save the pictures of all classes in the same way, or the network learns the"
            " difference between files.",
        )  # fmt: skip


def _told(survey: Survey) -> Iterator[str]:
    class_ids = survey.class_ids
    for noun, mark in _MARKS:
        values = np.array([mark(look) for look in survey.looks])
        for class_id, label in enumerate(survey.labels):
            inside = class_ids == class_id
            if min(inside.sum(), (~inside).sum()) < _FEWEST:
                continue
            found, counts = np.unique(values[inside], return_counts=True)
            value = str(found[counts.argmax()])
            share, elsewhere = counts.max() / inside.sum(), (values[~inside] == value).mean()
            if value and share >= _IN and elsewhere <= _OUT:
                what = f"{value} {noun}".strip()
                yield f"{share:.0%} of {label} are {what}, {elsewhere:.0%} of the others"
