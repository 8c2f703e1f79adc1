"""train.evaluation.confusion: which pairs come first, and how they are said."""

from __future__ import annotations

import numpy as np

from train.evaluation.confusion import confused_pairs, shares

LABELS = ("cat", "dog", "yak")


def test_many_slips_come_before_one_of_a_rare_class():
    # A third of the yaks is one picture; a tenth of the cats are forty.
    confusion = np.array([[360, 40, 0], [4, 396, 0], [0, 1, 2]])
    pairs = confused_pairs(confusion, LABELS, 10)
    assert [str(pair) for pair in pairs] == [
        "cat is taken for dog: 40 of 400 pictures (10.0%)",
        "yak is taken for dog: 1 of 3 pictures (33.3%)",
        "dog is taken for cat: 4 of 400 pictures (1.0%)",
    ]
    assert len(confused_pairs(confusion, LABELS, 2)) == 2


def test_without_mistakes_there_are_no_pairs():
    assert confused_pairs(np.diag([3, 4, 0]), LABELS, 5) == ()


def test_shares_of_a_class_without_pictures_are_0():
    assert shares(np.array([[3, 1], [0, 0]])).tolist() == [[0.75, 0.25], [0, 0]]
