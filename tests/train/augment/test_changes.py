"""train.augment.changes: equal arguments give equal pictures, and each change keeps its bounds."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from train.augment.changes import augment
from train.augment.policy import OCCASIONAL, POLICIES, Policy

BASIC = POLICIES["basic"]
PLAIN = Policy()
FILL = np.array([9, 8, 7], np.uint8)


def pictures(count=40, side=32):
    """Random pictures (count, side, side, 3)."""
    return np.random.default_rng(1).integers(0, 256, (count, side, side, 3), np.uint8)


def changed(pixels, policy, seed=0, epoch=0):
    return augment(pixels, np.arange(len(pixels)), policy, seed, epoch, FILL)


@pytest.mark.parametrize("name", [name for name in POLICIES if name != "none"])
@pytest.mark.parametrize("shape", [(32, 32, 3), (24, 40, 3), (28, 28, 1)], ids=str)
def test_the_same_arguments_give_the_same_pictures(name, shape):
    pixels = np.random.default_rng(2).integers(0, 256, (30, *shape), np.uint8)
    before, policy = pixels.copy(), POLICIES[name]
    fill = FILL[: shape[2]]

    def version(seed, epoch):
        return augment(pixels, np.arange(30), policy, seed, epoch, fill)

    first = version(0, 0)
    assert (first.shape, first.dtype) == (pixels.shape, np.uint8)
    assert np.array_equal(first, version(0, 0))
    assert not np.array_equal(first, version(0, 1))
    assert not np.array_equal(first, version(1, 0))
    assert np.array_equal(pixels, before)  # the given ones stay as they are
    changed_ones = (first != pixels).any((1, 2, 3))
    assert changed_ones.mean() > 0.8


@pytest.mark.parametrize(
    "policy, digest",
    [(BASIC, "a3e06e47566b986d"), (BASIC.replace(erase=8), "298bf3a67d2bc777")],
    ids=["basic", "with squares"],
)
def test_flips_shifts_and_squares_are_those_that_the_default_recipe_was_measured_with(
    policy, digest
):
    pixels, positions = pictures(), np.arange(40)[::-1]
    found = hashlib.sha256()
    for epoch in range(2):
        found.update(augment(pixels, positions, policy, 0, epoch, FILL).tobytes())
    assert found.hexdigest()[:16] == digest


@pytest.mark.parametrize("name", ["photos", "camera", "overhead"])
def test_a_picture_does_not_depend_on_its_batch(name):
    pixels = pictures(10)
    alone = augment(pixels[7:8], np.array([7]), POLICIES[name], 0, 3, FILL)
    assert np.array_equal(alone[0], changed(pixels, POLICIES[name], epoch=3)[7])


def test_a_change_draws_the_same_with_others_beside_it():
    pixels = np.full((50, 32, 32, 3), 128, np.uint8)  # moving it leaves it as it is
    bright = PLAIN.replace(brightness=0.3)
    assert np.array_equal(changed(pixels, bright), changed(pixels, bright.replace(rotate=20)))


@pytest.mark.parametrize("name", OCCASIONAL)
def test_the_probability_spares_the_other_pictures(name):
    pixels = pictures(400)
    strong = {"blur": 2, "motion": 8, "noise": 20, "sensor": 20, "jpeg": 10, "hue": 180}
    policy = PLAIN.replace(**{name: strong.get(name, 0.9)}, probability=0.3)
    touched = (changed(pixels, policy) != pixels).any((1, 2, 3)).mean()
    # White balance has two draws, of which either may happen; weak draws round to nothing.
    assert 0.2 < touched < (0.6 if name == "white_balance" else 0.4)


def test_nothing_asked_for_changes_nothing():
    pixels = pictures()
    assert np.array_equal(changed(pixels, PLAIN), pixels)


def mirrored(pixels, epoch):
    """Which pictures come out mirrored; all others must come out unchanged."""
    out = changed(pixels, PLAIN.replace(flip="horizontal"), epoch=epoch)
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


def test_four_epochs_show_every_picture_from_all_its_sides():
    pixels = pictures(100)
    policy = PLAIN.replace(flip="both")
    for first in range(4):
        seen = [changed(pixels, policy, epoch=first + more) for more in range(4)]
        for number, picture in enumerate(pixels):
            sides = {p.tobytes() for p in (picture, picture[::-1], picture[:, ::-1])}
            sides.add(picture[::-1, ::-1].tobytes())
            assert {version[number].tobytes() for version in seen} == sides


def test_up_down_flips_are_in_turn_too():
    pixels = pictures(100)
    even, odd = (changed(pixels, PLAIN.replace(flip="vertical"), epoch=e) for e in (4, 5))
    assert np.array_equal(even, odd[:, ::-1])
    assert 30 < sum(np.array_equal(a, b) for a, b in zip(even, pixels, strict=True)) < 70


def test_mirroring_does_not_depend_on_the_batch():
    pixels = pictures(10)
    policy = PLAIN.replace(flip="horizontal")
    alone = augment(pixels[7:8], np.array([7]), policy, 0, 0, FILL)
    assert np.array_equal(alone[0], changed(pixels, policy)[7])


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
