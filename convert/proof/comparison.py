"""The float32 file and the quantized file on the same pictures: accuracy, drop, agreement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.stats import Accuracy, accuracy

_Z95 = 1.959964  # standard normal quantile of a two-sided 95 % interval


@dataclass(frozen=True)
class Drop:
    """Accuracy lost between two sets of answers to the same pictures."""

    lost: int  # pictures that only the first had right
    won: int  # pictures that only the second had right
    n: int  # pictures judged

    @property
    def points(self) -> float:
        """Percentage points; negative when the second is better."""
        return 100 * (self.lost - self.won) / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval in points.

        The pictures are the same, so only those tell anything that one of both got wrong
        (Q. McNemar, Psychometrika 12, 1947). Adjusted Wald interval for matched pairs, half a
        picture added to each of the four cells (A. Agresti and Y. Min, Statistics in Medicine 24,
        2005, section 3).
        """
        lost, won, n = self.lost + 0.5, self.won + 0.5, self.n + 2
        drop = (lost - won) / n
        half = _Z95 * math.sqrt(max(lost + won - (lost - won) ** 2 / n, 0)) / n
        return 100 * (drop - half), 100 * (drop + half)

    def to_json(self) -> dict[str, Any]:
        """Keys ``points``, ``ci95_points``, ``lost``, ``won``, ``n``."""
        low, high = self.interval
        return {
            "points": round(self.points, 3),
            "ci95_points": [round(low, 3), round(high, 3)],
            "lost": self.lost,
            "won": self.won,
            "n": self.n,
        }


def drop(
    before: NDArray[np.float32], after: NDArray[np.float32], class_ids: NDArray[np.int64]
) -> Drop:
    """What ``after`` lost against ``before``, scores (n, classes), on pictures of ``class_ids``."""
    was_right = before.argmax(axis=1) == class_ids
    is_right = after.argmax(axis=1) == class_ids
    return Drop(
        lost=int((was_right & ~is_right).sum()),
        won=int((~was_right & is_right).sum()),
        n=len(class_ids),
    )


@dataclass(frozen=True)
class Comparison:
    """Float and int8 side by side, on the same pictures."""

    float_accuracy: Accuracy
    int8_accuracy: Accuracy
    change: Drop
    agreement: Accuracy  # how often both give the same label
    float_bytes: int  # the float32 TFLite file's size
    int8_bytes: int

    @property
    def drop(self) -> float:
        """Accuracy lost, as a fraction; negative when int8 is better."""
        return self.float_accuracy.top1 - self.int8_accuracy.top1

    def to_json(self) -> dict[str, Any]:
        """What the card records: the same input gives the same figures, so no times."""
        return {
            "float": self.float_accuracy.to_json(),
            "int8": self.int8_accuracy.to_json(),
            "drop_points": round(self.drop * 100, 3),
            "drop_ci95_points": self.change.to_json()["ci95_points"],
            "agreement": self.agreement.to_json(),
            "float_bytes": self.float_bytes,
            "int8_bytes": self.int8_bytes,
        }

    def table(self) -> str:
        """The comparison as a person reads it in a terminal."""
        saved = self.int8_bytes / self.float_bytes
        low, high = self.change.interval
        rows = [
            ("", "float32", "int8"),
            ("top-1", f"{self.float_accuracy.top1:.2%}", f"{self.int8_accuracy.top1:.2%}"),
            ("95 % CI", _interval(self.float_accuracy), _interval(self.int8_accuracy)),
            ("size", f"{self.float_bytes:,} B", f"{self.int8_bytes:,} B ({saved:.3f} x)"),
        ]
        lines = [f"{name:<10}{left:>24}{right:>26}" for name, left, right in rows]
        lines.append(
            f"{'drop':<10}{self.change.points:>+23.2f} points"
            f" (95 % CI {low:+.2f} to {high:+.2f}), n = {self.change.n:,}"
        )
        lines.append(f"{'agreement':<10}{self.agreement.top1:>24.2%}")
        return "\n".join(lines)


def compare(
    float_scores: NDArray[np.float32],
    int8_scores: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    sizes: Sequence[int],
) -> Comparison:
    """Both files' scores (n, classes) against the truth (n,); ``sizes``: bytes of both files."""
    float_bytes, int8_bytes = sizes
    return Comparison(
        float_accuracy=accuracy(float_scores, class_ids),
        int8_accuracy=accuracy(int8_scores, class_ids),
        change=drop(float_scores, int8_scores, class_ids),
        agreement=accuracy(int8_scores, float_scores.argmax(axis=1)),
        float_bytes=float_bytes,
        int8_bytes=int8_bytes,
    )


def _interval(value: Accuracy) -> str:
    low, high = value.interval
    return f"{low:.2%} to {high:.2%}"
