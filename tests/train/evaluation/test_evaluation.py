"""train.evaluation.evaluation: four answers, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train.data.dataset import Images
from train.evaluation import examples
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


def test_accuracy_comes_with_its_interval_and_the_means_of_the_classes(evaluation):
    assert (evaluation.accuracy.right, evaluation.accuracy.n) == (2, 4)
    result = evaluation.to_json(("x", "y", "z"))
    assert (result["top1"], result["balanced_accuracy"], result["macro_f1"]) == (0.5, 0.5, 0.5)


def test_top_3_means_nothing_of_three_classes(evaluation):
    assert evaluation.top3 is None


def test_worst_are_the_surest_wrong_answers(evaluation):
    assert examples.worst(evaluation, 5).tolist() == [3, 1]  # 90 % sure, then 60 %
    assert examples.worst(evaluation, 1).tolist() == [3]


def test_right_examples_are_of_every_class_before_any_comes_twice():
    truth = np.array([0] * 90 + [1] * 6 + [2] * 4)
    scores = np.eye(3, dtype=np.float32)[truth]
    scores[0] = [0, 1, 0]
    images = Images(np.zeros((100, 8, 8, 1), np.uint8), truth, truth.astype(str))
    evaluation = evaluate(scores, images)
    chosen = examples.right(evaluation, 7)
    assert truth[chosen].tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert len(set(chosen.tolist())) == 7 and 0 not in chosen
    assert chosen.tolist() == examples.right(evaluation, 7).tolist()
    assert len(examples.right(evaluation, 500)) == 99
