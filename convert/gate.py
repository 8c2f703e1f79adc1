"""The gate: does the int8 file keep enough of the float file's accuracy to be given out?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXIT_CODE = 3  # of the command when the gate refuses the file
MAX_DROP = 0.5  # percentage points of top-1 accuracy

_Z95 = 1.959964  # standard normal quantile of a two-sided 95 % interval


@dataclass(frozen=True)
class Verdict:
    """The accuracy that int8 lost, and whether that is little enough."""

    lost: int  # pictures that the float file names rightly and the int8 file wrongly
    won: int  # the other way round
    n: int  # pictures judged, 1 or more
    max_drop: float  # percentage points

    @property
    def drop_points(self) -> float:
        """Accuracy lost, in percentage points; negative when int8 is better."""
        return 100 * (self.lost - self.won) / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of ``drop_points``, for the same pictures in both files.

        The adjusted Wald interval for matched pairs, half a picture added to each of the four
        cells (A. Agresti and Y. Min, Statistics in Medicine 24, 2005, section 3). Far narrower
        than what the intervals of the two accuracies suggest, as both files mostly agree.
        """
        lost, won, n = self.lost + 0.5, self.won + 0.5, self.n + 2
        drop = (lost - won) / n
        half = _Z95 * math.sqrt(max(lost + won - (lost - won) ** 2 / n, 0)) / n
        return 100 * (drop - half), 100 * (drop + half)

    @property
    def passes(self) -> bool:
        """Decided by the drop as measured, also where the interval leaves it open."""
        # In whole pictures: 0.3 points of 1,000 are not 3.0000000000000004 / 1,000.
        return self.lost - self.won <= self.max_drop * self.n / 100 + 1e-9

    @property
    def is_open(self) -> bool:
        """Whether the limit lies inside the interval: more pictures could turn the verdict."""
        low, high = self.interval
        return low <= self.max_drop <= high

    def sentence(self) -> str:
        """The verdict as a person reads it."""
        low, high = self.interval
        drop = self.drop_points
        change = f"loses {drop:.2f}" if drop >= 0 else f"gains {-drop:.2f}"
        relation = "within" if self.passes else "more than"
        text = (
            f"int8 {change} points (95 % CI of the loss {low:+.2f} to {high:+.2f},"
            f" n = {self.n:,}), {relation} the {self.max_drop:g} that --max-drop allows"
        )
        if self.is_open:
            text += (
                f"; the interval holds {self.max_drop:g}, so {self.n:,} pictures cannot tell for"
                " sure: judged by the drop as measured"
            )
        return text

    def to_json(self) -> dict[str, Any]:
        """What card and report record."""
        return {
            "passes": self.passes,
            "within_noise": self.is_open,
            "max_drop_points": self.max_drop,
            "drop_points": round(self.drop_points, 3),
            "ci95_points": [round(end, 3) for end in self.interval],
            "lost": self.lost,
            "won": self.won,
            "n": self.n,
        }


def judge(
    float_scores: NDArray[np.float32],
    int8_scores: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    max_drop: float = MAX_DROP,
) -> Verdict:
    """Both files' scores (n, classes) for the same pictures of classes ``class_ids`` (n,)."""
    float_right = float_scores.argmax(axis=1) == class_ids
    int8_right = int8_scores.argmax(axis=1) == class_ids
    return Verdict(
        lost=int((float_right & ~int8_right).sum()),
        won=int((int8_right & ~float_right).sum()),
        n=len(class_ids),
        max_drop=max_drop,
    )


def rejected_path(output: Path) -> Path:
    """Where a refused file is kept aside: model_int8.tflite as model_int8.rejected.tflite."""
    return output.with_name(f"{output.stem}.rejected{output.suffix}")
