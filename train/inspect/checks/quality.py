"""Pictures that show little: blank, too dark, too bright, blurred.

Blurred are those whose sharpest edges are far softer than is usual in the data set. Of 300 photos
of TrashNet that a Gaussian blurred (256x192 pixels; sigma 3) all were found among 600 others, of
which 1 was taken for blurred; at sigma 1.5, which the eye forgives, 57 %. The usual variance of the
Laplacian (J. L. Pech-Pacheco et al., ICPR 2000) found 75 % and 11 %: it takes plain for blurred.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from train.inspect.finding import Finding, one_by_one
from train.inspect.look import Look
from train.inspect.survey import Survey

_LEAST_CONTRAST = 5.0  # grey levels; a lens cap's noise and a white wall stay below
_DARK, _BRIGHT = 60.0, 235.0  # nearly all pixels darker, or brighter, than this
_OUTLIER = 3.5  # modified z-score (B. Iglewicz, D. Hoaglin, "How to Detect and Handle Outliers")
_LEAST_SIDE = 64  # pixels; of less, every edge is soft or none is
_FEWEST = 20  # pictures, below which nothing is usual


def check(survey: Survey) -> Iterator[Finding]:
    """Each picture under the first of these faults that it has."""
    faults = [fault_of(look, survey.is_drawn) for look in survey.looks]
    blank, dark, bright = (
        [p for p, fault in enumerate(faults) if fault == kind]
        for kind in ("blank", "dark", "bright")
    )
    faulty = {*blank, *dark, *bright}
    can_blur = not survey.is_drawn and survey.size >= _LEAST_SIDE
    blurred = [p for p in _blurred(survey.looks) if p not in faulty] if can_blur else []
    if blank:
        yield _finding("blank", "Blank", blank, "(almost) one colour", "Delete them.")
    if dark:
        yield _finding(
            "dark", "Dark", dark, "almost black",
            "Keep them only if the camera will see such light; otherwise delete them.",
        )  # fmt: skip
    if bright:
        yield _finding(
            "bright", "Overexposed", bright, "almost white",
            "Keep them only if the camera will see such light; otherwise delete them.",
        )  # fmt: skip
    if blurred:
        yield _finding(
            "blurred", "Blurred, or without detail", blurred, "far less sharp than the others",
            "Delete those on which you cannot tell the thing yourself.",
        )  # fmt: skip


def fault_of(look: Look, is_drawn: bool) -> str:
    """``blank``, ``dark``, ``bright``, or nothing; a drawing may be black or white."""
    if look.contrast < _LEAST_CONTRAST:
        return "blank"
    if is_drawn:
        return ""
    if look.dark_level < _DARK:
        return "dark"
    return "bright" if look.bright_level > _BRIGHT else ""


def _blurred(looks: tuple[Look, ...]) -> list[int]:
    """Positions far below the usual sharpness, the most blurred first."""
    if len(looks) < _FEWEST:
        return []
    sharpness = np.log10([max(look.sharpness, 1e-3) for look in looks])
    median = np.median(sharpness)
    usual = np.median(np.abs(sharpness - median))
    if usual == 0:
        return []
    score = 0.6745 * (sharpness - median) / usual
    order = np.argsort(score, kind="stable")
    return [int(p) for p in order if score[p] < -_OUTLIER]


def _finding(key: str, title: str, positions: list[int], what: str, advice: str) -> Finding:
    count = len(positions)
    text = f"{count:,} picture{'s' * (count != 1)} {'is' if count == 1 else 'are'} {what}"
    return Finding(key, "look", title, text, advice, one_by_one(positions))
