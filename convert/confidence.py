"""What a score is worth: temperature and the threshold for "unknown", fitted on held-out data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SMALLEST = 1 / 512  # half an output step: a score of 0 says no more than "below one step"
_KEPT = 0.95  # share of right answers that stay above the threshold


@dataclass(frozen=True)
class Confidence:
    """How to read the int8 file's scores."""

    temperature: float  # divides the logarithms of the scores; above 1 makes them humbler
    unknown_threshold: float  # best calibrated score below it: none of the classes


def fit_confidence(scores: NDArray[np.float32], class_ids: NDArray[np.int64]) -> Confidence:
    """Fit on held-out scores (n, classes), 0 to 1, of the int8 file.

    The temperature minimises the negative log-likelihood (C. Guo et al., "On Calibration of Modern
    Neural Networks", ICML 2017, section 4.2) of smoothed targets (J. Platt, "Probabilistic Outputs
    for Support Vector Machines", 1999, section 2.2), so that a few pictures without a mistake do
    not make the file certain of everything. The threshold keeps 95 % of the right answers.
    """
    temperatures = np.geomspace(0.05, 10, 200)
    losses = [_negative_log_likelihood(scores, class_ids, t) for t in temperatures]
    temperature = float(temperatures[int(np.argmin(losses))])
    calibrated = apply_temperature(scores, temperature)
    right = calibrated.argmax(axis=1) == class_ids
    threshold = float(np.quantile(calibrated.max(axis=1)[right], 1 - _KEPT)) if right.any() else 0.0
    return Confidence(round(temperature, 4), round(threshold, 4))


def apply_temperature(scores: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Calibrated probabilities, same shape (n, classes)."""
    logits = np.log(np.maximum(scores, _SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    calibrated: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return calibrated


def _negative_log_likelihood(
    scores: NDArray[np.float32], class_ids: NDArray[np.int64], temperature: float
) -> float:
    logs = np.log(apply_temperature(scores, temperature) + 1e-12)
    pictures, classes = scores.shape
    doubt = 1 / (pictures + 2)  # what n right answers of n still leave open
    right = logs[np.arange(pictures), class_ids]
    wrong = (logs.sum(axis=1) - right) / (classes - 1)
    return float(-((1 - doubt) * right + doubt * wrong).mean())
