"""train.evaluation.group_accuracy: groups counted by hand, and worse only beyond chance."""

from __future__ import annotations

import numpy as np

from train.data.dataset import Images
from train.evaluation.evaluation import evaluate
from train.evaluation.group_accuracy import by_group


def judged(*groups):
    """Groups as (name, pictures, right ones), two classes."""
    names = np.repeat([name for name, _, _ in groups], [n for _, n, _ in groups])
    is_right = np.concatenate([np.arange(n) < right for _, n, right in groups])
    truth = np.arange(len(names)) % 2
    scores = np.eye(2, dtype=np.float32)[np.where(is_right, truth, 1 - truth)]
    pixels = np.zeros((len(names), 4, 4, 1), np.uint8)
    images = Images(pixels, truth, np.arange(len(names)).astype(str), names)
    return by_group(evaluate(scores, images), images)


def test_the_weakest_group_comes_first_against_all_others():
    night, day, rest = judged(("day", 100, 90), ("night", 50, 30), ("", 40, 38))
    assert (night.name, night.accuracy.right, night.accuracy.n) == ("night", 30, 50)
    assert (night.others.right, night.others.n) == (128, 140)
    assert [day.name, rest.name] == ["day", ""]
    assert [group.is_worse for group in (night, day, rest)] == [True, False, False]


def test_a_few_pictures_prove_nothing():
    weak, _ = judged(("attic", 3, 2), ("day", 200, 180))
    assert weak.name == "attic" and not weak.is_worse


def test_one_group_alone_is_compared_with_nothing():
    (only,) = judged(("day", 10, 5))
    assert only.others is None and not only.is_worse


def test_pictures_without_groups_make_no_table():
    assert judged(("", 10, 5)) == ()
