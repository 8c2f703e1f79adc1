"""Pictures that are there more than once: in two classes, in two parts, again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from edge.likeness import LEAST_CORRELATION
from train.data.alike import Looks
from train.inspect.finding import Finding
from train.inspect.survey import Survey

_MOST_COMPARED = 60_000  # pictures: beyond it, comparing each with each takes minutes


def check(survey: Survey, scene_ids: NDArray[np.int64]) -> Iterator[Finding]:
    """Equal pictures, then those that are almost equal or of one burst."""
    looks = survey.looks
    equal = _by_key(look.digest for look in looks)
    across = _differing(equal, lambda p: looks[p].class_id)
    if across:
        yield Finding(
            key="copies-across-classes",
            urgency="fix",
            title="The same picture in two classes",
            text=f"{_pictures(len(across))} in more than one class: no answer to it is right",
            advice="Decide where each belongs and delete it elsewhere.",
            groups=tuple(across),
        )
    leaks = _differing(equal, lambda p: looks[p].part)
    if leaks:
        yield Finding(
            key="copies-across-parts",
            urgency="fix",
            title="The same picture in training and test",
            text=f"{_pictures(len(leaks))} in more than one part: the test asks what was learned",
            advice="Delete them from the training part, or figures come out too high.",
            groups=tuple(leaks),
        )
    within = [g for g in equal if not _differ(g, lambda p: looks[p].class_id)]
    if within:
        spare = sum(map(len, within)) - len(within)
        yield Finding(
            key="copies",
            urgency="know",
            title="The same picture again in its class",
            text=f"{_pictures(len(within))} more than once, {spare:,} spare",
            advice="Harmless where the split is made here: it keeps copies together. Deleting them"
            " makes counts honest.",
            groups=tuple(within),
        )
    yield from _alike(survey)
    yield from _scenes(survey, scene_ids, set(equal))


def _alike(survey: Survey) -> Iterator[Finding]:
    """Pictures that are almost the same and stand in two classes."""
    looks = survey.looks
    if survey.small.shape[3] == 1 or len(looks) > _MOST_COMPARED:
        return
    pairs = Looks(survey.small).pairs(LEAST_CORRELATION)
    found = [
        (int(one), int(other))
        for one, other in pairs
        if looks[one].class_id != looks[other].class_id and looks[one].digest != looks[other].digest
    ]
    if found:
        yield Finding(
            key="alike-across-classes",
            urgency="fix",
            title="Almost the same picture in two classes",
            text=f"{len(found):,} pair{'s' * (len(found) != 1)} that look alike under two labels",
            advice="Look at each pair: one label is wrong, or the classes cannot be told apart.",
            groups=tuple(found),
        )


def _scenes(
    survey: Survey, scene_ids: NDArray[np.int64], known: set[tuple[int, ...]]
) -> Iterator[Finding]:
    """Scenes of several pictures that are not all equal."""
    groups = [g for g in _by_key(scene_ids.tolist()) if g not in known]
    if not groups:
        return
    groups.sort(key=len, reverse=True)
    leaks = _differing(groups, lambda p: survey.looks[p].part)
    if leaks:
        yield Finding(
            key="alike-across-parts",
            urgency="look",
            title="One scene in training and test",
            text=f"{len(leaks):,} scene{'s' * (len(leaks) != 1)} in more than one part",
            advice="Put each scene into one part, or figures come out too high.",
            groups=tuple(leaks),
        )
    count = sum(map(len, groups))
    yield Finding(
        key="scenes",
        urgency="know",
        title="Near-duplicates and bursts",
        text=f"{count:,} pictures fall into {len(groups):,} scenes (they look alike, or follow each"
        " other in a numbered series and look much alike)",
        advice="Nothing to do where the split is made here: it keeps each scene on one side. More"
        " things and places help more than more pictures of one.",
        groups=tuple(groups),
    )


def _by_key(keys: Iterable[bytes | int]) -> list[tuple[int, ...]]:
    """Positions that share a key, where two or more do."""
    members: dict[bytes | int, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        members[key].append(position)
    return [tuple(group) for group in members.values() if len(group) > 1]


def _differing(
    groups: list[tuple[int, ...]], value: Callable[[int], int | str]
) -> list[tuple[int, ...]]:
    """The groups of more than one value, each with a picture of every value ahead of the others.

    Who sees only the first pictures of a group shall see what parts it.
    """
    differing = []
    for group in groups:
        firsts = {value(position): position for position in reversed(group)}
        if len(firsts) > 1:
            ahead = sorted(firsts.values())
            differing.append((*ahead, *sorted(set(group) - set(ahead))))
    return differing


def _differ(group: tuple[int, ...], value: Callable[[int], int | str]) -> bool:
    return len({value(position) for position in group}) > 1


def _pictures(count: int) -> str:
    return "1 picture stands" if count == 1 else f"{count:,} pictures stand"
