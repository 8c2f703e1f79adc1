"""A data set in a few facts: sizes, formats, crop, scenes, as the page and the terminal tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from train.inspect.checks.shape import lost_to_crop
from train.inspect.inspection import Inspection
from train.inspect.survey import Survey

_NAMED = 3


def facts(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """Pairs of a name and a line."""
    survey = inspection.survey
    yield "sizes", _sizes(survey)
    lost = np.array([lost_to_crop(look) for look in survey.looks])
    if lost.max() > 0:
        yield (
            "crop",
            (
                f"a network sees the middle square: {np.median(lost):.0%} of a picture is cut away"
                f" (median), {lost.max():.0%} at most"
            ),
        )
    if survey.is_folder:
        kinds = Counter(look.kind for look in survey.looks)
        yield "format", ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common())
    if not survey.is_drawn:
        grey = sum(look.is_grey for look in survey.looks)
        yield "colour", f"{len(survey.looks) - grey:,} in colour, {grey:,} grey"
    yield "scenes", f"{inspection.scene_count:,} among {len(survey.looks):,} pictures"
    parts = Counter(look.part for look in survey.looks)
    if set(parts) != {""}:
        named = ", ".join(f"{part or 'in none'} {count:,}" for part, count in parts.items())
        yield "parts", f"{named} (as you divided them)"
    yield "labels", _labels(inspection)
    if survey.skipped:
        yield "skipped", f"{len(survey.skipped):,} lines about files that were not used"


def _sizes(survey: Survey) -> str:
    sizes = Counter((look.width, look.height) for look in survey.looks)
    common = sizes.most_common(_NAMED)
    named = ", ".join(f"{w}x{h} ({count:,})" for (w, h), count in common)
    if len(sizes) <= _NAMED:
        return named
    sides = [min(size) for size in sizes]
    longest = max(max(size) for size in sizes)
    return f"{named} and {len(sizes) - _NAMED:,} more; sides from {min(sides):,} to {longest:,}"


def _labels(inspection: Inspection) -> str:
    asked, survey = inspection.label_check, inspection.survey
    if asked is None:
        few = len(survey.described) > 0
        return "not checked: fewer than two classes have five scenes" if few else "not checked"
    sample = "" if asked.checked >= len(survey.looks) else f" of {len(survey.looks):,}"
    left_out = f"; too few of {', '.join(asked.left_out[:_NAMED])}" if asked.left_out else ""
    return (
        f"{asked.checked:,}{sample} checked by a classifier that had not seen them: it agrees with"
        f" {asked.mislabels.agreement:.1%}{left_out}"
    )
