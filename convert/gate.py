"""The gate: does the int8 file keep enough of the float file's accuracy to be given out?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.proof.comparison import Drop, drop

MAX_DROP = 0.5  # percentage points of top-1 accuracy


@dataclass(frozen=True)
class Verdict:
    """The accuracy that int8 lost, and whether that is little enough."""

    drop: Drop
    max_drop: float  # percentage points

    @property
    def passes(self) -> bool:
        """Decided by the drop as measured, also where the interval leaves it open."""
        # In whole pictures: 0.3 points of 1,000 are not 3.0000000000000004 / 1,000.
        drop = self.drop
        return drop.lost - drop.won <= self.max_drop * drop.n / 100 + 1e-9

    @property
    def is_open(self) -> bool:
        """Whether the limit lies inside the interval: more pictures could turn the verdict."""
        low, high = self.drop.interval
        return low <= self.max_drop <= high

    def sentence(self) -> str:
        """The verdict as a person reads it."""
        low, high = self.drop.interval
        drop = self.drop.points
        change = f"loses {drop:.2f}" if drop >= 0 else f"gains {-drop:.2f}"
        relation = "within" if self.passes else "more than"
        text = (
            f"the file {change} points (95 % CI of the loss {low:+.2f} to {high:+.2f},"
            f" n = {self.drop.n:,}), {relation} the {self.max_drop:g} that --max-drop allows"
        )
        if self.is_open:
            text += (
                f"; the interval holds {self.max_drop:g}, so {self.drop.n:,} pictures cannot tell"
                " for sure: judged by the drop as measured"
            )
        return text

    def to_json(self) -> dict[str, Any]:
        """What card and report record."""
        return {
            "passes": self.passes,
            "within_noise": self.is_open,
            "max_drop_points": self.max_drop,
            "drop": self.drop.to_json(),
        }


def judge(
    float_scores: NDArray[np.float32],
    int8_scores: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    max_drop: float = MAX_DROP,
) -> Verdict:
    """Both files' scores (n, classes) for the same pictures of classes ``class_ids`` (n,)."""
    return Verdict(drop(float_scores, int8_scores, class_ids), max_drop)


def rejected_path(output: Path) -> Path:
    """Where a refused file is kept aside: model_int8.tflite as model_int8.rejected.tflite."""
    return output.with_name(f"{output.stem}.rejected{output.suffix}")
