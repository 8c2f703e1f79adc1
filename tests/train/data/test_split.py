"""train.data.split: shares of every class, in whole scenes, decided by the seed."""

from __future__ import annotations

import argparse

import numpy as np
import pytest

from edge.errors import UsageError
from train.data.options import add_data_options, shares_of
from train.data.split import Shares, take


def taken(class_ids, scenes=None, share=0.2, seed=0, barred=None):
    class_ids = np.array(class_ids)
    scenes = np.arange(len(class_ids)) if scenes is None else np.array(scenes)
    return take(class_ids, scenes, share, np.random.default_rng(seed), barred)


def test_every_class_gives_its_share():
    class_ids = np.array([0] * 100 + [1] * 10 + [2] * 3 + [3])
    chosen = taken(class_ids)
    # At least one of each, but never the only one.
    assert np.bincount(class_ids[chosen], minlength=4).tolist() == [20, 2, 1, 0]
    assert len(set(chosen.tolist())) == 23


@pytest.mark.parametrize("seed", range(20))
def test_scenes_are_whole_and_shares_are_met(seed):
    rng = np.random.default_rng(seed)
    class_ids = rng.integers(0, 4, 400)
    scenes = np.where(rng.random(400) < 0.5, np.arange(400), 1000 + rng.integers(0, 60, 400))
    scenes = scenes * 4 + class_ids  # a scene is of one class
    chosen = np.zeros(400, bool)
    chosen[taken(class_ids, scenes, seed=seed)] = True
    assert not np.isin(scenes[chosen], scenes[~chosen]).any()
    counts = np.bincount(class_ids, minlength=4)
    assert np.abs(np.bincount(class_ids[chosen], minlength=4) - counts * 0.2).max() <= 3


def test_a_picture_in_two_classes_takes_both():
    class_ids, scenes = [0] * 5 + [1] * 5, [0, 1, 2, 3, 9, 4, 5, 6, 7, 9]
    for seed in range(20):
        chosen = taken(class_ids, scenes, seed=seed).tolist()
        assert (4 in chosen) == (9 in chosen)
        assert len(chosen) == 2


def test_barred_pictures_keep_their_scene_back():
    barred = np.array([True] + [False] * 9)
    for seed in range(20):
        chosen = taken(
            [0] * 10, [0, 0, 0, 3, 4, 5, 6, 7, 8, 9], share=0.5, seed=seed, barred=barred
        )
        assert len(chosen) == 5 and chosen.min() >= 3


def test_large_scenes_give_the_smallest_of_them():
    chosen = taken([0] * 100, [0] * 50 + [1] * 50, share=0.2)
    assert len(chosen) == 50  # one of the two, else nothing would judge
    assert len(taken([0] * 100, [0] * 100)) == 0  # one scene only: it is learned


def test_shares_without_a_test_part_are_of_all_pictures():
    assert Shares().validation_of_rest(800, test_given=False) == pytest.approx(0.125)
    assert Shares(0.5, 0.2).validation_of_rest(500, test_given=False) == pytest.approx(0.4)


def test_a_given_test_part_leaves_a_tenth_and_2000_at_most():
    assert Shares().validation_of_rest(5000, test_given=True) == 0.1
    assert Shares().validation_of_rest(50_000, test_given=True) == 0.04
    assert Shares(validation=0.1).validation_of_rest(50_000, test_given=True) == 0.1


def test_options_say_the_shares():
    parser = argparse.ArgumentParser()
    add_data_options(parser)
    assert shares_of(parser.parse_args([])) == Shares()
    given = parser.parse_args(
        ["--test-share", "0.3", "--validation-share", "0.2", "--whole-groups"]
    )
    assert shares_of(given) == Shares(0.3, 0.2, True)
    for text in ("0", "1", "0.85", "nan"):
        with pytest.raises(UsageError, match=r"--test-share .*: must be above 0"):
            shares_of(parser.parse_args(["--test-share", text]))
