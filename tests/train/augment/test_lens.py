"""train.augment.lens: blur and streaks spread light as far as they say, and lose none."""

from __future__ import annotations

import numpy as np
import pytest

from train.augment.draws import Draws
from train.augment.lens import blur, streak
from train.augment.policy import Policy


def dot(side=33):
    picture = np.zeros((side, side, 1), np.uint8)
    picture[side // 2, side // 2] = 240
    return picture


def test_a_streak_to_the_right_is_the_mean_of_that_many_pixels():
    out = streak(dot(), 4, 0)[..., 0]
    assert out[16, 14:18].tolist() == [60, 60, 60, 60]
    assert np.count_nonzero(out) == 4


def test_a_streak_goes_down_to_the_left_too():
    out = streak(dot(), -4, 4)[..., 0]
    assert np.argwhere(out).tolist() == [[14, 17], [15, 16], [16, 15], [17, 14]]


def test_no_motion_is_no_streak():
    assert np.array_equal(streak(dot(), 0.4, 0.4), dot())


@pytest.mark.parametrize("right, down", [(7, 3), (0, 20), (-11, 2)])
def test_streaks_keep_size_and_light(right, down):
    picture = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
    out = streak(picture, right, down)
    assert out.shape == picture.shape
    assert abs(out.mean() - picture.mean()) < 3


def test_the_sigma_of_a_lens_out_of_focus_is_uniform_up_to_the_stated():
    pixels = np.zeros((300, 64, 64, 1), np.uint8)
    pixels[:, 24:40, 24:40] = 255
    draws = Draws(0, 0, np.arange(300))
    blur(pixels, Policy(blur=1.5), draws)  # 3 pixels of 64
    profile = pixels[..., 0].sum(1, dtype=float)
    places = np.arange(64) - 31.5
    variance = (profile @ places**2) / profile.sum(1)
    sigmas = np.sqrt(np.maximum(variance - (16**2 - 1) / 12, 0))
    expected = 2 * draws.up_to("blur", 1.5)
    assert 2.9 < expected.max() <= 3
    clear = expected > 0.5
    assert np.allclose(sigmas[clear], expected[clear], rtol=0.1)
