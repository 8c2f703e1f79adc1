"""Every picture of a data set, one after the other, before it is divided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Part = Literal["", "train", "validation", "test"]

PART_NAMES: dict[str, Part] = {
    "train": "train", "training": "train", "val": "validation", "validation": "validation",
    "valid": "validation", "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One picture as it came."""

    frame: NDArray[np.uint8]  # (height, width, 3 or 1), RGB or grey, upright, its original size
    class_id: int  # 0 to classes - 1
    name: str  # where it came from: a path in the folder, or an array and its index
    group: str = ""  # what the user calls a group
    part: Part = ""  # where the user put it; empty: it is for the split to decide


@dataclass(frozen=True)
class Listing:
    """What a source holds. The pictures are read while they are taken, once."""

    source: str  # as the user named it
    name: str
    labels: tuple[str, ...]
    count: int  # pictures at most: files that cannot be read are among them
    pictures: Iterator[Picture]
    skipped: list[str] = field(default_factory=list)  # grows while pictures are taken
    notes: list[str] = field(default_factory=list)
