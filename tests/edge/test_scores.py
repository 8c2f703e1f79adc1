"""edge.scores: the arithmetic after the model."""

from __future__ import annotations

import numpy as np
import pytest

from edge.scores import calibrate, is_distribution, softmax, top_ids, top_k


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_softmax_by_hand():
    # e^0 : e^ln(2) : e^ln(5) = 1 : 2 : 5
    assert softmax(scores(0, np.log(2), np.log(5))) == pytest.approx([0.125, 0.25, 0.625])


def test_softmax_of_large_logits_does_not_overflow():
    assert softmax(scores(1000, 1000, -1000)) == pytest.approx([0.5, 0.5, 0.0])


@pytest.mark.parametrize(
    "values, step, expected",
    [
        pytest.param((0.2, 0.3, 0.5), 0.0, True, id="sums to one"),
        pytest.param((0.2, 0.3, 0.6), 0.0, False, id="sums to more"),
        pytest.param((-0.5, 0.5, 1.0), 0.0, False, id="negative"),
        pytest.param((0.32, 0.32, 0.32), 0.0, False, id="0.96 is not one"),
        pytest.param((0.32, 0.32, 0.32), 0.05, True, id="but may be after rounding to 0.05"),
    ],
)
def test_is_distribution(values, step, expected):
    assert is_distribution(scores(*values), step) is expected


def test_top_is_best_first():
    assert top_ids(scores(0.1, 0.5, 0.3, 0.1), 2).tolist() == [1, 2]


def test_equal_scores_come_in_class_order():
    assert top_ids(scores(0.2, 0.3, 0.2, 0.3), 3).tolist() == [1, 3, 0]


def test_many_equal_scores_come_in_class_order():
    # Enough of them for numpy's quicksort to change their order.
    assert top_ids(np.tile(scores(0.5, 0.25), 50), 50).tolist() == list(range(0, 100, 2))


@pytest.mark.parametrize("k, expected", [(0, []), (-1, []), (3, [2, 0, 1]), (9, [2, 0, 1])])
def test_any_k_is_allowed(k, expected):
    assert top_ids(scores(0.3, 0.2, 0.5), k).tolist() == expected


def test_top_k_names_the_classes():
    best = top_k(scores(0.25, 0.75), ("cat", "dog"), 1)
    assert best == (("dog", 0.75),)
    assert type(best[0].score) is float


@pytest.mark.parametrize(
    "values, temperature, expected",
    [
        # sqrt(0.64) : sqrt(0.16) : sqrt(0.04) : sqrt(0.16) = 4 : 2 : 1 : 2
        pytest.param((0.64, 0.16, 0.04, 0.16), 2, (4 / 9, 2 / 9, 1 / 9, 2 / 9), id="2 is the root"),
        # 0.6^2 : 0.2^2 : 0.2^2 = 9 : 1 : 1
        pytest.param((0.6, 0.2, 0.2), 0.5, (9 / 11, 1 / 11, 1 / 11), id="a half is the square"),
        # sqrt(1) : sqrt(1/512) : sqrt(1/512) = 22.627 : 1 : 1
        pytest.param((1, 0, 0), 2, (0.91878, 0.04061, 0.04061), id="0 counts as half a step"),
        # 0.002 and 0.001 to the power of 20 are 0 in float32, so is their sum.
        pytest.param((0.0039, 0.0020), 0.05, (1, 0), id="the best of tiny scores is no 0 / 0"),
    ],
)
def test_calibrate_by_hand(values, temperature, expected):
    assert calibrate(scores(*values), temperature) == pytest.approx(expected, abs=1e-5)


def test_each_row_is_calibrated_for_itself():
    rows = np.stack([scores(0.8, 0.2), scores(0.1, 0.9)])
    # sqrt(8) : sqrt(2) = 2 : 1 and sqrt(1) : sqrt(9) = 1 : 3
    assert calibrate(rows, 2.0) == pytest.approx(np.array([[2 / 3, 1 / 3], [1 / 4, 3 / 4]]))


@pytest.mark.parametrize("classes", [2, 1001])
def test_temperature_1_leaves_the_scores_as_they_are(classes):
    # With 1/512 for each of 1000 zeros the best would fall from 1 to 0.34.
    certain = np.eye(1, classes, dtype=np.float32)[0]
    assert np.array_equal(calibrate(certain, 1.0), certain)


def test_calibrate_does_not_write_to_its_input():
    given = scores(0.8, 0.2)
    calibrate(given, 2.0)
    assert np.array_equal(given, scores(0.8, 0.2))
