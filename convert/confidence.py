"""What a score is worth: temperature and the threshold for "unknown", fitted on held-out data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.scores import calibrate

_KEPT = 0.95  # share of right answers that stay above the threshold


@dataclass(frozen=True)
class Confidence:
    """How to read the int8 file's scores."""

    temperature: float  # divides the logarithms of the scores; above 1 makes them humbler
    unknown_threshold: float  # best calibrated score below it: none of the classes


def fit_confidence(scores: NDArray[np.float32], class_ids: NDArray[np.int64]) -> Confidence:
    """Fit on held-out scores (n, classes), 0 to 1, of the int8 file.

    The temperature that ``edge.scores.calibrate`` will apply minimises the negative log-likelihood
    of smoothed targets (J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999,
    section 2.2), so that a few pictures without a mistake do not make the file certain of
    everything. The threshold keeps 95 % of the right answers.
    """
    temperatures = np.geomspace(0.05, 10, 200)
    losses = [_negative_log_likelihood(scores, class_ids, t) for t in temperatures]
    temperature = float(temperatures[int(np.argmin(losses))])
    calibrated = calibrate(scores, temperature)
    right = calibrated.argmax(axis=1) == class_ids
    threshold = float(np.quantile(calibrated.max(axis=1)[right], 1 - _KEPT)) if right.any() else 0.0
    return Confidence(round(temperature, 4), round(threshold, 4))


def _negative_log_likelihood(
    scores: NDArray[np.float32], class_ids: NDArray[np.int64], temperature: float
) -> float:
    logs = np.log(calibrate(scores, temperature) + 1e-12)
    pictures, classes = scores.shape
    doubt = 1 / (pictures + 2)  # what n right answers of n still leave open
    right = logs[np.arange(pictures), class_ids]
    wrong = (logs.sum(axis=1) - right) / (classes - 1)
    return float(-((1 - doubt) * right + doubt * wrong).mean())
