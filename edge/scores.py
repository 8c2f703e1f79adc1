"""From a model's raw outputs to one probability a class, and the best of them: arithmetic alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]  # (classes,), 0.0 to 1.0

ROUNDING = 1e-6  # scores that differ by less are equal but for the rounding of float32

_FEW = 5

_SMALLEST = 1 / 512  # half an output step: a score of 0 says no more than "below one step"


class Prediction(NamedTuple):
    """One label and how sure the model is of it."""

    label: str
    score: float  # probability, 0.0 to 1.0


def softmax(logits: NDArray[np.floating[Any]]) -> Scores:
    """Probabilities, float32, same shape, of one vector of any real numbers."""
    # Subtracting the largest keeps exp from overflowing and cancels in the division.
    powers = np.exp(logits.astype(np.float32) - np.float32(logits.max()))
    probabilities: Scores = powers / powers.sum()
    return probabilities


def calibrate(scores: Scores, temperature: float) -> Scores:
    """Probabilities that match how often they are right: float32 (classes,) or (n, classes).

    The logarithm of each score is divided by ``temperature``, above 0, and the softmax taken again
    (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2); scores
    below 1/512 count as 1/512. Temperature 1 is no calibration: the same array comes back, even
    when it sums to another number than 1.
    """
    if temperature == 1:
        return scores  # the floor would lift a thousand zeros to more than all the rest
    logits = np.log(np.maximum(scores, _SMALLEST))
    logits -= logits.max(axis=-1, keepdims=True)
    logits /= temperature
    powers: Scores = np.exp(logits, out=logits)
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def is_distribution(scores: Scores, step: float = 0.0) -> bool:
    """True when the numbers can be probabilities of classes that exclude each other.

    ``step`` is the quantization step of the scores: rounding moves each of them by half of it.
    """
    allowed = 0.01 + scores.size * step / 2
    return bool(scores.min() >= -0.001 and abs(float(scores.sum()) - 1.0) <= allowed)


def top_ids(scores: Scores, k: int) -> NDArray[np.intp]:
    """Class ids of the ``k`` best scores, best first, lower ids first among equal scores."""
    k = min(max(k, 0), scores.size)
    if k == 0:
        return np.empty(0, np.intp)
    if k > _FEW:
        return np.argsort(-scores, kind="stable")[:k]
    # Sorting all 1001 classes for the sake of three costs more than looking three times.
    left, best = scores.copy(), np.empty(k, np.intp)
    for rank in range(k):
        best[rank] = class_id = left.argmax()
        left[class_id] = -np.inf
    return best


def top_k(scores: Scores, labels: tuple[str, ...], k: int) -> tuple[Prediction, ...]:
    """The ``k`` best labels with their scores, best first; all of them when there are fewer."""
    if k <= 0:
        return ()
    return tuple(Prediction(labels[i], float(scores[i])) for i in top_ids(scores, k))
