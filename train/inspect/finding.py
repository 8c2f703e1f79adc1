"""What a check found: which pictures, what it means, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Urgency = Literal["fix", "look", "know"]


@dataclass(frozen=True)
class Finding:
    """One thing to know of a data set, with the pictures that it is about."""

    key: str  # "copies-across-classes": its name in report.json, and that of its picture
    urgency: Urgency  # fix: it spoils figures; look: a person must judge; know: no fault
    title: str  # "The same picture in two classes"
    text: str  # one sentence with the numbers
    advice: str  # one sentence: what to do
    groups: tuple[tuple[int, ...], ...] = ()  # positions of pictures; a group belongs together
    captions: tuple[str, ...] = ()  # short lines for each picture, in the order of the groups

    @property
    def positions(self) -> tuple[int, ...]:
        """Of all its pictures."""
        return tuple(position for group in self.groups for position in group)


def is_drawn(finding: Finding, total: int) -> bool:
    """False without pictures, and where they are most of all: the classes' sheets show those."""
    return 0 < len(finding.positions) <= total / 2


def one_by_one(positions: list[int]) -> tuple[tuple[int, ...], ...]:
    """Pictures of which each stands for itself."""
    return tuple((position,) for position in positions)
