"""convert.verify: the comparison of both models, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from convert.verify import compare, profile

FLOAT = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]], np.float32)
INT8 = np.array([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.7, 0.3]], np.float32)
TRUTH = np.array([0, 1, 1, 1])


def test_accuracy_drop_agreement_and_size():
    comparison = compare(FLOAT, INT8, TRUTH, (400, 100))
    assert comparison.float_accuracy.top1 == 0.75
    assert comparison.int8_accuracy.top1 == 0.5
    assert comparison.drop == 0.25
    assert comparison.agreement.top1 == 0.75  # they differ on the second picture
    record = comparison.to_json()
    assert record["drop_points"] == 25
    assert record["int8"]["n"] == 4
    assert (record["float_bytes"], record["int8_bytes"]) == (400, 100)


def test_the_table_says_the_same_to_a_person():
    table = compare(FLOAT, INT8, TRUTH, (400, 100)).table()
    for text in ("75.00%", "50.00%", "+25.00 points, n = 4", "100 B (0.250 x)", "15.00% to 85.00%"):
        assert text in table


def test_profile_is_of_the_answers_not_the_truth():
    answers = profile(INT8, ("cat", "dog"))
    assert answers["class_share"] == {"cat": 0.75, "dog": 0.25}
    assert len(answers["best_score_deciles"]) == 11
    assert answers["best_score_deciles"][0] == pytest.approx(0.6)
    assert answers["best_score_deciles"][-1] == pytest.approx(0.9)
