"""train.evaluation.evaluation: four answers, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train.data.dataset import Images
from train.evaluation.evaluation import evaluate

SCORES = np.array(
    [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.7, 0.2], [0.9, 0.05, 0.05]], np.float32
)


@pytest.fixture
def evaluation():
    """Truth 0, 0, 1, 1 (class 2 has no picture); answers 0, 1, 1, 0."""
    class_ids = np.array([0, 0, 1, 1])
    names = np.array(["a", "b", "c", "d"])
    return evaluate(SCORES, Images(np.zeros((4, 8, 8, 3), np.uint8), class_ids, names))


def test_confusion_has_the_truth_in_rows(evaluation):
    assert evaluation.confusion.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_recall_is_unknown_for_a_class_without_pictures(evaluation):
    assert evaluation.recall.tolist() == pytest.approx([0.5, 0.5, np.nan], nan_ok=True)
    assert evaluation.to_json(("x", "y", "z"))["recall"] == {"x": 0.5, "y": 0.5, "z": None}


def test_worst_are_the_surest_wrong_answers(evaluation):
    assert evaluation.worst(5).tolist() == [3, 1]  # 90 % sure, then 60 %
    assert evaluation.worst(1).tolist() == [3]


def test_accuracy_comes_with_its_interval(evaluation):
    assert (evaluation.accuracy.right, evaluation.accuracy.n) == (2, 4)
    assert evaluation.to_json(("x", "y", "z"))["top1"] == 0.5
