"""What quantization did to each class: recall before and after, and what is taken for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ClassChange:
    """One class on the held-out pictures, float32 against the quantized file."""

    label: str
    n: int  # pictures of this class, 0 or more
    float_right: int
    int8_right: int

    @property
    def change(self) -> float | None:
        """Change of recall in percentage points, negative for a loss; None without pictures."""
        return 100 * (self.int8_right - self.float_right) / self.n if self.n else None

    def to_json(self) -> dict[str, Any]:
        """Recalls are fractions 0 to 1, None without pictures."""
        return {
            "label": self.label,
            "n": self.n,
            "float_recall": round(self.float_right / self.n, 6) if self.n else None,
            "int8_recall": round(self.int8_right / self.n, 6) if self.n else None,
            "change_points": None if self.change is None else round(self.change, 3),
        }


def class_changes(
    float_scores: NDArray[np.float32],
    int8_scores: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    labels: tuple[str, ...],
) -> tuple[ClassChange, ...]:
    """Every class in the order of ``labels``; scores are (n, classes), ``class_ids`` (n,)."""
    count = len(labels)
    totals = np.bincount(class_ids, minlength=count)
    rights = [
        np.bincount(class_ids[scores.argmax(axis=1) == class_ids], minlength=count)
        for scores in (float_scores, int8_scores)
    ]
    return tuple(
        ClassChange(label, int(totals[i]), int(rights[0][i]), int(rights[1][i]))
        for i, label in enumerate(labels)
    )


def confusion(
    scores: NDArray[np.float32], class_ids: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """How many pictures of each class (row) got each answer (column), (classes, classes)."""
    pairs = class_ids * classes + scores.argmax(axis=1)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
