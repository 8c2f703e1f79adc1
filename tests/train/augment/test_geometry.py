"""train.augment.geometry: one map a picture, by small cases that a hand can compute."""

from __future__ import annotations

import numpy as np
import pytest

from train.augment.draws import Draws
from train.augment.geometry import crop_maps, resample, scene_maps, warp
from train.augment.policy import Policy

SIDE = 16


def picture(height=SIDE, width=SIDE, channels=3):
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)


def moved(original, *, angle=0.0, scale=1.0, right=0.0, down=0.0):
    """The picture through the map of these values."""
    pixels = original[None].copy()
    values = {"angles": np.deg2rad(angle), "scales": scale, "right": right, "down": down}
    arrays = {name: np.array([float(value)]) for name, value in values.items()}
    resample(pixels, scene_maps(original.shape[:2], **arrays))
    return pixels[0]


@pytest.mark.parametrize("quarters", [1, 2, -1])
@pytest.mark.parametrize("channels", [1, 3])
def test_quarter_turns_are_exact_and_counter_clockwise(quarters, channels):
    original = picture(channels=channels)
    assert np.array_equal(moved(original, angle=90 * quarters), np.rot90(original, quarters))


def test_shifts_go_right_and_down_and_reflect_the_border():
    original = picture()
    out = moved(original, right=3, down=2)
    assert np.array_equal(out[2:, 3:], original[:-2, :-3])
    assert np.array_equal(out[2:, 2], original[:-2, 1])  # mirrored around column 0
    assert np.array_equal(out[1, 3:], original[1, :-3])


def test_zoom_enlarges_around_the_middle():
    step = np.zeros((9, 9, 1), np.uint8)
    step[4, 4] = 255
    step[4, 6] = 100
    out = moved(step, scale=2.0)
    assert out[4, 4, 0] == 255
    assert out[4, 8, 0] == 100  # twice as far from the middle


def test_a_turn_comes_before_the_shift():
    dot = np.zeros((9, 9, 1), np.uint8)
    dot[4, 6] = 255  # two to the right of the middle
    out = moved(dot, angle=90, right=1)
    assert np.argwhere(out[..., 0]).tolist() == [[2, 5]]  # two above it, then one right


def test_a_crop_keeps_the_stated_area_inside_the_picture():
    height, width, count = 40, 60, 2000
    maps = crop_maps((height, width), 0.5, Draws(0, 0, np.arange(count)))
    shares = np.linalg.det(maps)
    assert 0.5 <= shares.min() < 0.51
    assert 0.99 < shares.max() <= 1.0
    assert abs(shares.mean() - 0.75) < 0.01
    aspects = maps[:, 0, 0] / maps[:, 1, 1]
    assert 0.75 - 1e-9 <= aspects.min() < 0.77
    assert 1.3 < aspects.max() <= 4 / 3 + 1e-9
    outer = np.array([(-0.5, -0.5, 1), (width - 0.5, height - 0.5, 1)])  # corners of pixels
    corners = maps @ outer.T
    assert corners[:, 0].min() >= -0.5 - 1e-9
    assert corners[:, 0].max() <= width - 0.5 + 1e-9
    assert corners[:, 1].min() >= -0.5 - 1e-9
    assert corners[:, 1].max() <= height - 0.5 + 1e-9


def test_the_whole_picture_is_a_crop_that_changes_nothing():
    pixels = np.stack([picture()] * 20)
    warp(pixels, Policy(crop=1), Draws(0, 0, np.arange(20)))
    assert (pixels == picture()).all()


def dots(count, side=64):
    """A bright spot of 3x3 pixels right of the middle, dim elsewhere."""
    pixels = np.zeros((count, side, side, 1), np.uint8)
    pixels[:, 31:34, 47:50] = 255
    return pixels


def centres(pixels):
    """Where the spots are, (n, 2), as (right, down) from the middle."""
    weights = pixels[..., 0].astype(float)
    total = weights.sum((1, 2))
    middle = (pixels.shape[1] - 1) / 2
    places = np.arange(pixels.shape[1]) - middle
    return np.stack([(weights.sum(1) @ places), (weights.sum(2) @ places)], axis=1) / total[:, None]


def test_angles_reach_the_stated_degrees_and_no_further():
    pixels = dots(500)
    warp(pixels, Policy(rotate=30), Draws(0, 0, np.arange(500)))
    start = centres(dots(1))[0]
    places = centres(pixels)
    angles = np.rad2deg(np.arctan2(places[:, 1], places[:, 0]) - np.arctan2(start[1], start[0]))
    assert -30.5 < angles.min() < -29
    assert 29 < angles.max() < 30.5
    assert np.allclose(np.hypot(*places.T), np.hypot(*start), atol=0.2)  # around the middle


def test_sizes_reach_the_stated_factor_and_no_further():
    pixels = dots(500)
    warp(pixels, Policy(zoom=0.25), Draws(0, 0, np.arange(500)))
    factors = centres(pixels)[:, 0] / centres(dots(1))[0, 0]
    assert 0.74 < factors.min() < 0.76
    assert 1.24 < factors.max() < 1.26


def test_perspective_moves_corners_by_no_more_than_stated():
    ramp = np.arange(64, dtype=np.uint8) * 4  # a pixel's value tells its column
    pixels = np.ascontiguousarray(np.broadcast_to(ramp[:, None], (300, 64, 64, 1)))
    warp(pixels, Policy(perspective=2), Draws(0, 0, np.arange(300)))
    right = pixels[:, 0, 63, 0] / 4.0  # the column that the upper right corner shows
    left = pixels[:, 0, 0, 0] / 4.0
    assert 58.9 < right.min() < 60  # 2/32 of 64 pixels are 4; what lies outside is reflected
    assert 3 < left.max() < 4.1
    inclined = np.abs(pixels[:, 0, 32, 0].astype(int) - pixels[:, 63, 32, 0])
    assert inclined.max() > 4  # columns are no longer upright
