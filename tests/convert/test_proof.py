"""convert.proof: both files side by side, counted by hand and measured on real ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convert.pictures import Pictures
from convert.proof.classes import class_changes, confusion
from convert.proof.comparison import Drop, compare, drop
from convert.proof.disagreements import worst_disagreements
from convert.proof.findings import find
from convert.proof.profile import profile
from convert.proof.reliability import calibrated
from convert.run import Run
from edge.card import read_card
from edge.reliability import Reliability

FLOAT = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]], np.float32)
INT8 = np.array([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.7, 0.3]], np.float32)
TRUTH = np.array([0, 1, 1, 1])


def pictures(class_ids):
    pixels = np.zeros((len(class_ids), 4, 4, 3), np.uint8)
    names = np.array([f"{i}.png" for i in range(len(class_ids))])
    return Pictures(pixels, np.asarray(class_ids), names)


def test_accuracy_drop_agreement_and_size():
    comparison = compare(FLOAT, INT8, TRUTH, (400, 100))
    assert comparison.float_accuracy.top1 == 0.75
    assert comparison.int8_accuracy.top1 == 0.5
    assert comparison.drop == 0.25
    assert comparison.change == Drop(lost=1, won=0, n=4)
    assert comparison.agreement.top1 == 0.75  # they differ on the second picture
    record = comparison.to_json()
    assert record["drop_points"] == 25
    assert record["int8"]["n"] == 4
    assert (record["float_bytes"], record["int8_bytes"]) == (400, 100)


def test_the_table_says_the_same_to_a_person():
    table = compare(FLOAT, INT8, TRUTH, (400, 100)).table()
    for text in ("75.00%", "50.00%", "+25.00 points", "n = 4", "100 B (0.250 x)"):
        assert text in table


def test_the_interval_of_a_drop_is_that_of_paired_answers():
    # By hand: (20.5 - 5.5) / 102 and 1.96 * sqrt(26 - 15^2 / 102) / 102.
    low, high = Drop(lost=20, won=5, n=100).interval
    half = 1.959964 * math.sqrt(26 - 225 / 102) / 102
    assert low == pytest.approx(100 * (15 / 102 - half))
    assert high == pytest.approx(100 * (15 / 102 + half))


def test_the_interval_covers_the_true_drop_nineteen_times_of_twenty():
    rng = np.random.default_rng(0)
    chances, n, rounds = (0.03, 0.01, 0.96), 1000, 2000
    counts = rng.multinomial(n, chances, rounds)
    intervals = [Drop(int(lost), int(won), n).interval for lost, won, _ in counts]
    covered = np.mean([low <= 2.0 <= high for low, high in intervals])
    assert 0.94 < covered < 0.965


def test_a_gain_is_a_drop_below_zero():
    assert drop(INT8, FLOAT, TRUTH).points == -25


def test_classes_change_by_themselves():
    first, second, third = class_changes(FLOAT, INT8, TRUTH, ("cat", "dog", "emu"))
    assert (first.n, first.change) == (1, 0)
    assert (second.n, second.float_right, second.int8_right) == (3, 2, 1)
    assert second.change == pytest.approx(-100 / 3)
    assert third.change is None
    assert third.to_json()["float_recall"] is None


def test_confusion_has_the_truth_in_rows():
    assert confusion(INT8, TRUTH, 2).tolist() == [[1, 0], [2, 1]]


def test_the_worst_disagreement_is_wrong_and_sure():
    truth = [0, 1, 1, 0]
    before = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.2, 0.8]], np.float32)
    after = np.array([[0.8, 0.2], [0.6, 0.4], [0.7, 0.3], [0.95, 0.05]], np.float32)
    worst = worst_disagreements(before, after, pictures(truth), ("cat", "dog"), 3)
    assert [one.name for one in worst] == ["2.png", "1.png", "3.png"]  # the last is right
    assert worst[0].truth == "dog"
    assert worst[0].float_answer == ("dog", pytest.approx(0.7))
    assert worst[0].int8_answer == ("cat", pytest.approx(0.7))
    assert len(worst_disagreements(before, after, pictures(truth), ("cat", "dog"), 1)) == 1
    assert worst_disagreements(before, before, pictures(truth), ("cat", "dog"), 3) == ()


def test_reliability_counts_each_answer_once_and_sums_up_to_the_ece():
    rng = np.random.default_rng(0)
    best = rng.uniform(0.5, 1, 500).astype(np.float32)
    scores = np.stack([best, 1 - best], axis=1)
    class_ids = (rng.random(500) > best).astype(np.int64)
    values = Reliability.of(scores, class_ids)
    assert sum(one.n for one in values.bins) == 500
    by_hand = sum(one.n * abs(one.score - one.accuracy) for one in values.bins) / 500
    assert values.ece == pytest.approx(by_hand)
    assert values.bins[0].n == 0  # of two classes, the best has a half at least


def test_a_score_of_one_is_in_the_last_bin():
    values = Reliability.of(np.array([[1.0, 0.0]], np.float32), np.array([0]))
    assert (values.bins[-1].n, values.ece) == (1, 0)


def test_the_right_temperature_lowers_the_calibration_error():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (2000, 5))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    class_ids = np.array([rng.choice(5, p=row) for row in chances])
    flat = np.exp(logits / 2)
    flat = (flat / flat.sum(axis=1, keepdims=True)).astype(np.float32)
    values = calibrated(chances.astype(np.float32), flat, class_ids, 0.5)
    assert values.before.ece > 0.1
    assert values.after.ece < 0.03
    assert values.reference.ece < 0.03


def test_profile_is_of_the_answers_not_the_truth():
    answers = profile(INT8, ("cat", "dog"))
    assert answers["class_share"] == {"cat": 0.75, "dog": 0.25}
    assert len(answers["best_score_deciles"]) == 11
    assert answers["best_score_deciles"][0] == pytest.approx(0.6)
    assert answers["best_score_deciles"][-1] == pytest.approx(0.9)


def test_real_files_give_the_figures_of_the_card(digits_files, digits_run):
    test = Run.open(digits_run).pictures("test")
    found = find(digits_files["float32"], digits_files["int8"], test, threads=1)
    figures = read_card(digits_files["int8"]).facts["accuracy"]
    assert found.comparison.int8_accuracy.to_json() == figures["int8"]
    assert found.comparison.float_accuracy.to_json() == figures["float"]
    assert found.confusion.sum() == len(test)
    assert [one.n for one in found.classes] == np.bincount(test.class_ids).tolist()
    different = found.comparison.agreement.n - found.comparison.agreement.right
    assert len(found.disagreements) == min(24, different)
