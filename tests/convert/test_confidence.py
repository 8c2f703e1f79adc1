"""convert.confidence: temperature and threshold keep what they promise; their error as by hand."""

from __future__ import annotations

import numpy as np
import pytest

from convert.confidence import fit_confidence
from edge.reliability import Reliability
from edge.scores import calibrate


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def answers(temperature, count=20000, classes=4):
    """Scores too sure by ``temperature``, and classes as often right as the true scores say."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(count, classes))
    truth = (softmax(logits).cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
    return softmax(logits * temperature).astype(np.float32), truth


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
def test_a_known_temperature_is_found(temperature):
    scores, truth = answers(temperature)
    assert fit_confidence(scores, truth).temperature == pytest.approx(temperature, rel=0.06)


def test_calibrated_scores_are_as_often_right_as_they_say():
    scores, truth = answers(1.7)
    calibrated = calibrate(scores, fit_confidence(scores, truth).temperature)
    sure = calibrated.max(axis=1) > 0.7
    right = calibrated.argmax(axis=1) == truth
    assert right[sure].mean() == pytest.approx(calibrated.max(axis=1)[sure].mean(), abs=0.02)
    assert scores.max(axis=1)[sure].mean() > right[sure].mean() + 0.05  # they were too sure


def test_the_threshold_keeps_95_of_100_right_answers():
    scores, truth = answers(1.0)
    confidence = fit_confidence(scores, truth)
    calibrated = calibrate(scores, confidence.temperature)
    right = calibrated.argmax(axis=1) == truth
    kept = calibrated.max(axis=1)[right] >= confidence.unknown_threshold
    assert kept.mean() == pytest.approx(0.95, abs=0.001)


def test_without_a_right_answer_nothing_is_called_unknown():
    scores = np.array([[0.9, 0.1], [0.8, 0.2]], np.float32)
    assert fit_confidence(scores, np.array([1, 1])).unknown_threshold == 0


def test_no_mistake_among_few_pictures_is_no_certainty():
    scores = np.full((20, 2), 0.1, np.float32)
    scores[:, 0] = 0.9
    confidence = fit_confidence(scores, np.zeros(20, np.int64))
    calibrated = calibrate(scores, confidence.temperature)
    # 20 right answers of 20 leave 1 in 22 open.
    assert calibrated[0, 0] == pytest.approx(21 / 22, abs=0.005)
    assert confidence.unknown_threshold < 1


def test_a_right_temperature_leaves_only_the_error_of_chance():
    scores, truth = answers(1.7)
    calibrated = calibrate(scores, fit_confidence(scores, truth).temperature)
    assert Reliability.of(scores, truth).ece > 0.1
    assert Reliability.of(calibrated, truth).ece < 0.015


def test_scores_as_coarse_as_an_int8_output_keep_their_temperature():
    scores, truth = answers(1.7)
    coarse = (np.rint(scores * 256).clip(0, 255) / 256).astype(np.float32)
    fine, rounded = fit_confidence(scores, truth), fit_confidence(coarse, truth)
    assert rounded.temperature == pytest.approx(fine.temperature, rel=0.05)
    assert Reliability.of(calibrate(coarse, rounded.temperature), truth).ece < 0.015
