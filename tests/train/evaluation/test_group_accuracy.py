"""train.evaluation.group_accuracy: groups counted by hand, and worse only beyond chance."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

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


def test_two_other_pictures_prove_nothing():
    # 3 of 12 against 2 of 2: C(12, 3) of all C(14, 5) ways to have five right, for two groups.
    weak, _ = judged(("attic", 12, 3), ("day", 2, 2))
    assert weak.p_value == pytest.approx(2 * 220 / 2002)
    assert not weak.is_worse


def test_the_more_groups_the_more_it_takes():
    # 0 of 4 against 8 of 8: one of C(12, 4) = 495 ways.
    weak, _ = judged(("attic", 4, 0), ("day", 8, 8))
    assert weak.p_value == pytest.approx(2 / 495) and weak.is_worse
    # 0 of 2 against 8 of 8: one of C(10, 2) = 45 ways, enough for two groups, not for three.
    weak, _ = judged(("attic", 2, 0), ("day", 8, 8))
    assert weak.p_value == pytest.approx(2 / 45) and weak.is_worse
    weak, *_ = judged(("attic", 2, 0), ("day", 4, 4), ("night", 4, 4))
    assert weak.p_value == pytest.approx(3 / 45) and not weak.is_worse


def test_the_second_worst_is_tested_against_one_group_less():
    # 21 of 31 are right; Holm takes the smallest p three times, the next one twice.
    first, second, _ = judged(("attic", 6, 0), ("cellar", 5, 1), ("day", 20, 20))
    assert first.p_value == pytest.approx(3 * comb(25, 21) / comb(31, 21))
    below = comb(26, 21) + comb(5, 1) * comb(26, 20)
    assert second.p_value == pytest.approx(2 * below / comb(31, 21))


def test_alike_groups_are_seldom_called_worse():
    rng = np.random.default_rng(0)
    named = [
        any(
            group.is_worse
            for group in judged(*((f"group {i}", 12, rng.binomial(12, 0.8)) for i in range(10)))
        )
        for _ in range(200)
    ]
    assert np.mean(named) <= 0.05


def test_one_group_alone_is_compared_with_nothing():
    (only,) = judged(("day", 10, 5))
    assert only.others is None and not only.is_worse


def test_pictures_without_groups_make_no_table():
    assert judged(("", 10, 5)) == ()
