"""Do scores mean what they say: before the conversion, after it, and with the temperature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.reliability import Reliability
from edge.scores import calibrate


@dataclass(frozen=True)
class Calibrated:
    """What the scores are worth, on the same pictures: float32, quantized, with temperature."""

    temperature: float
    n: int
    reference: Reliability  # the float32 file's scores
    before: Reliability  # the quantized file's
    after: Reliability  # the same divided by the temperature, as the app uses them

    def to_json(self) -> dict[str, Any]:
        """Keys ``temperature``, ``n``, ``float``, ``before``, ``after``."""
        return {
            "temperature": self.temperature,
            "n": self.n,
            "float": self.reference.to_json(),
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


def calibrated(
    float_scores: NDArray[np.float32],
    int8_scores: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    temperature: float,
) -> Calibrated:
    """All three diagrams of scores (n, classes).

    The pictures must be others than those that the temperature was fitted on.
    """
    return Calibrated(
        temperature=temperature,
        n=len(class_ids),
        reference=Reliability.of(float_scores, class_ids),
        before=Reliability.of(int8_scores, class_ids),
        after=Reliability.of(calibrate(int8_scores, temperature), class_ids),
    )
