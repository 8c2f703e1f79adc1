"""The pictures on which the quantized file answers differently, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.pictures import Pictures
from edge.scores import Prediction


@dataclass(frozen=True, eq=False)
class Disagreement:
    """One picture with two answers; scores as the files give them, before any temperature."""

    name: str
    pixels: NDArray[np.uint8]  # (height, width, channels)
    truth: str
    float_answer: Prediction
    int8_answer: Prediction

    def to_json(self) -> dict[str, Any]:
        """Everything but the pixels."""
        return {
            "name": self.name,
            "truth": self.truth,
            "float": self.float_answer._asdict(),
            "int8": self.int8_answer._asdict(),
        }


def worst_disagreements(
    float_scores: NDArray[np.float32],
    int8_scores: NDArray[np.float32],
    pictures: Pictures,
    labels: tuple[str, ...],
    most: int,
) -> tuple[Disagreement, ...]:
    """Up to ``most`` pictures: first those that int8 gets wrong, surest first, then the others.

    Scores are (n, classes) for the n ``pictures``.
    """
    before, after = float_scores.argmax(axis=1), int8_scores.argmax(axis=1)
    differing = np.flatnonzero(before != after)
    is_right = after[differing] == pictures.class_ids[differing]
    sureness = int8_scores[differing, after[differing]]
    order = np.lexsort((-sureness, is_right))  # by the last key first; both sorts are stable
    return tuple(
        Disagreement(
            name=str(pictures.names[i]),
            pixels=pictures.pixels[i],
            truth=labels[pictures.class_ids[i]],
            float_answer=Prediction(labels[before[i]], float(float_scores[i, before[i]])),
            int8_answer=Prediction(labels[after[i]], float(int8_scores[i, after[i]])),
        )
        for i in differing[order][:most]
    )
