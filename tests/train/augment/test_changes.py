"""train.augment.changes: equal arguments give equal pictures, and each change keeps its bounds."""

from __future__ import annotations

import numpy as np
import pytest

from train.augment.changes import augment
from train.recipe import Recipe

PLAIN = Recipe(flip=False, shift=0, erase=0)
FILL = np.array([9, 8, 7], np.uint8)


def pictures(count=40, side=32):
    """Random pictures (count, side, side, 3)."""
    return np.random.default_rng(1).integers(0, 256, (count, side, side, 3), np.uint8)


def changed(pixels, recipe, seed=0, epoch=0):
    return augment(pixels, np.arange(len(pixels)), recipe, seed, epoch, FILL)


def test_the_same_arguments_give_the_same_pictures():
    pixels = pictures()
    first = changed(pixels, Recipe())
    assert np.array_equal(first, changed(pixels, Recipe()))
    assert not np.array_equal(first, changed(pixels, Recipe(), epoch=1))
    assert not np.array_equal(first, changed(pixels, Recipe(), seed=1))


def test_the_given_pictures_stay_as_they_are():
    pixels = pictures()
    before = pixels.copy()
    changed(pixels, Recipe())
    assert np.array_equal(pixels, before)


def test_nothing_asked_for_changes_nothing():
    pixels = pictures()
    assert np.array_equal(changed(pixels, PLAIN), pixels)


def mirrored(pixels, epoch):
    """Which pictures come out mirrored; all others must come out unchanged."""
    out = changed(pixels, PLAIN.replace(flip=True), epoch=epoch)
    turned = [np.array_equal(a, b[:, ::-1]) for a, b in zip(out, pixels, strict=True)]
    same = [np.array_equal(a, b) for a, b in zip(out, pixels, strict=True)]
    assert np.array_equal(turned, ~np.array(same))
    return np.array(turned)


def test_every_picture_is_mirrored_in_one_of_any_two_epochs():
    pixels = pictures(200)
    first, second, third = (mirrored(pixels, epoch) for epoch in range(3))
    assert np.array_equal(first, ~second)
    assert np.array_equal(first, third)
    assert 60 < first.sum() < 140  # a coin each


def test_mirroring_does_not_depend_on_the_batch():
    pixels = pictures(10)
    recipe = PLAIN.replace(flip=True)
    alone = augment(pixels[7:8], np.array([7]), recipe, 0, 0, FILL)
    assert np.array_equal(alone[0], changed(pixels, recipe)[7])


@pytest.mark.parametrize("side, reach", [(32, 3), (64, 6)], ids=["as stated", "scaled"])
def test_shifts_reach_the_stated_pixels_and_no_further(side, reach):
    middle = side // 2
    pixels = np.zeros((400, side, side, 3), np.uint8)
    pixels[:, middle, middle] = 255
    out = changed(pixels, PLAIN.replace(shift=3))
    number, rows, columns = np.nonzero(out[..., 0])
    assert number.tolist() == list(range(400))  # the marker is never lost or doubled
    for moved in (rows - middle, columns - middle):
        assert set(moved) == set(range(-reach, reach + 1))


def test_borders_are_reflected_when_shifted():
    ramp = np.arange(32, dtype=np.uint8)
    pixels = np.broadcast_to(ramp[:, None], (50, 32, 32, 3))  # each value is its column
    out = changed(pixels, PLAIN.replace(shift=1))
    rows = {tuple(row) for row in out[:, 0, :, 0].tolist()}
    assert rows == {
        (1, *range(31)),  # to the right: column 1 is seen again at the left end
        tuple(range(32)),
        (*range(1, 32), 30),
    }


def test_one_square_of_the_stated_side_is_erased():
    pixels = np.full((100, 32, 32, 3), 200, np.uint8)
    out = changed(pixels, PLAIN.replace(erase=8))
    for picture in out:
        rows, columns = np.nonzero((picture == FILL).all(axis=-1))
        assert len(rows) == 64
        assert rows.max() - rows.min() == columns.max() - columns.min() == 7
        assert (picture == 200).all(axis=-1).sum() == 32 * 32 - 64
    assert len({tuple(p.tobytes()) for p in out}) > 90  # not always the same place
