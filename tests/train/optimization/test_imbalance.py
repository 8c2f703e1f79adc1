"""train.optimization.imbalance: weights and repetitions against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train.optimization.imbalance import class_weights, describe_epoch, epoch_positions, epoch_size

CLASS_IDS = np.array([0, 1, 0, 0, 2, 0, 0, 1, 0])  # six, two and one picture


def shown(method, seed=0, epoch=0):
    return epoch_positions(CLASS_IDS, method, seed, epoch)


def test_balanced_weights_give_each_class_the_same_say():
    weights = class_weights(CLASS_IDS, 3, "weights")
    # 9 pictures / (3 classes * 6, 2, 1 pictures)
    assert weights == pytest.approx([0.5, 1.5, 3.0])
    assert weights.dtype == np.float32


def test_effective_numbers_spare_large_classes_their_repetitions():
    class_ids = np.repeat([0, 1], [2000, 20])
    weights = class_weights(class_ids, 2, "effective")
    # (1 - 0.999 ** 2000) / (1 - 0.999 ** 20): 43.7 times as rare, not 100 times
    assert weights[1] / weights[0] == pytest.approx(43.64, rel=1e-3)
    assert weights[class_ids].mean() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("method", ["none", "oversample", "undersample"])
def test_other_methods_weigh_nothing(method):
    assert class_weights(CLASS_IDS, 3, method) is None


def test_a_class_without_pictures_does_no_harm():
    weights = class_weights(np.array([0, 0, 2]), 3, "weights")
    assert weights[[0, 2]] == pytest.approx([0.75, 1.5])


@pytest.mark.parametrize(
    "method, of_each",
    [
        ("none", [6, 2, 1]),
        ("weights", [6, 2, 1]),
        ("oversample", [6, 6, 6]),
        ("undersample", [1, 1, 1]),
    ],
)
def test_how_often_each_class_is_shown(method, of_each):
    positions = shown(method)
    assert len(positions) == epoch_size(CLASS_IDS, method) == sum(of_each)
    assert np.bincount(CLASS_IDS[positions % 9]).tolist() == of_each
    assert len(set(positions)) == len(positions)  # each repetition has its own number


def test_oversampling_repeats_all_pictures_of_a_class_alike():
    class_ids = np.repeat([0, 1], [7, 3])
    times = np.bincount(epoch_positions(class_ids, "oversample", 0, 0) % 10)
    assert times[:7].tolist() == [1] * 7
    assert sorted(times[7:]) == [2, 2, 3]


@pytest.mark.parametrize("method", ["none", "oversample", "undersample"])
def test_seed_and_epoch_decide(method):
    first = shown(method)
    assert np.array_equal(first, shown(method))
    assert not np.array_equal(first, shown(method, epoch=1))
    assert not np.array_equal(first, shown(method, seed=1))


def test_undersampling_takes_others_each_epoch():
    taken = {int(p) for epoch in range(40) for p in shown("undersample", epoch=epoch)}
    assert taken == set(range(9))


def test_what_an_epoch_shows_is_told_where_it_is_not_each_picture_once():
    def told(class_ids, method, batch_size=1):
        return describe_epoch(class_ids, ("cup", "pen", "hat"), method, batch_size)

    assert told(CLASS_IDS, "none") == told(CLASS_IDS, "weights") == ""
    assert told(CLASS_IDS, "oversample") == "oversample: an epoch shows 18, those of hat (1) x 6.0"
    few = told(CLASS_IDS, "undersample")
    assert few == "undersample: an epoch shows 3 of 9, as many of each class as hat has (1)"
    many = np.repeat([0, 1, 2], [40, 40, 2])
    assert told(many, "undersample").endswith(
        "as hat has (2); that is little: add pictures of it, or take --balance oversample"
    )


def test_what_fills_no_batch_is_not_counted_as_shown():
    def told(method, batch_size):
        return describe_epoch(CLASS_IDS, ("cup", "pen", "hat"), method, batch_size)

    assert told("none", 3) == told("none", 50) == ""  # all, and one batch that is not full
    assert told("none", 5) == (
        "an epoch shows 5 of 9 pictures, others each time: whole batches of 5;"
        " a smaller --batch-size shows more"
    )
    assert "an epoch shows 16, those of hat" in told("oversample", 8)
