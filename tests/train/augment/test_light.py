"""train.augment.light: each change of light and colour, by numbers that a hand can compute."""

from __future__ import annotations

import numpy as np
import pytest

from train.augment.draws import Draws
from train.augment.light import colour_matrices, recolour, shade
from train.augment.policy import Policy

LUMA = np.array([0.299, 0.587, 0.114])


def flat(colour, count=500, side=8):
    return np.broadcast_to(np.array(colour, np.uint8), (count, side, side, len(colour))).copy()


def recoloured(pixels, **changes):
    recolour(pixels, Policy(**changes), Draws(0, 0, np.arange(len(pixels))))
    return pixels


def test_brightness_multiplies_by_one_minus_to_one_plus():
    for channels in (1, 3):
        values = recoloured(flat([100] * channels), brightness=0.3)[:, 0, 0, 0]
        assert values.min() == 70
        assert values.max() == 130
        assert abs(values.mean() - 100) < 2


def test_brightness_saturates():
    assert recoloured(flat([250, 250, 250]), brightness=0.5)[:, 0, 0].max() == 255


def test_contrast_stretches_around_the_mean():
    pixels = flat([100, 100, 100])
    pixels[:, :4] = 60  # the mean is 80
    out = recoloured(pixels, contrast=0.5)[:, :, 0, 0].astype(int)
    distances = out[:, 7] - out[:, 0]
    assert (distances.min(), distances.max()) == (20, 60)
    assert np.abs(out[:, 7] + out[:, 0] - 160).max() <= 1


def test_contrast_stretches_grey_pictures_around_their_mean():
    pixels = flat([100])
    pixels[:, :4] = 60
    out = recoloured(pixels, contrast=0.5)[:, :, 0, 0].astype(int)
    assert np.abs(out[:, 7] + out[:, 0] - 160).max() <= 1
    assert (out[:, 7] - out[:, 0]).max() == 60


def test_saturation_reaches_grey_of_the_same_luma():
    out = recoloured(flat([200, 100, 50]), saturation=1)[:, 0, 0].astype(float)
    assert np.abs(out @ LUMA - np.array([200, 100, 50]) @ LUMA)[out.max(1) < 255].max() < 1
    spread = np.ptp(out, axis=1)
    assert spread.min() < 3  # grey
    assert spread.max() > 200


def test_greys_have_no_hue_and_no_saturation():
    assert (recoloured(flat([90, 90, 90]), hue=180, saturation=1) == 90).all()


def test_a_third_of_the_circle_takes_red_towards_blue_or_green():
    red = np.array([[200.0, 80.0, 80.0, 1.0]])
    one = np.ones(1)
    turned = [
        colour_matrices(red[:, :3], np.ones((1, 3)), np.deg2rad([angle]), one, one)[0] @ red[0]
        for angle in (120.0, -120.0)
    ]
    assert {int(t.argmax()) for t in turned} == {1, 2}
    for t in turned:
        assert t @ LUMA == pytest.approx(red[0, :3] @ LUMA, abs=0.1)


def test_white_balance_moves_red_against_blue():
    out = recoloured(flat([100, 100, 100]), white_balance=0.3)[:, 0, 0].astype(int)
    assert (out[:, 0].min(), out[:, 0].max()) == (70, 130)
    assert np.abs(out[:, 0] + out[:, 2] - 200).max() <= 1
    assert (out[:, 1].min(), out[:, 1].max()) == (90, 110)


def test_colours_of_grey_pictures_stay():
    assert (recoloured(flat([90]), white_balance=0.3, hue=90, saturation=1) == 90).all()


def test_the_tone_curve_keeps_black_and_white():
    pixels = flat([64, 0, 255])
    out = recoloured(pixels, gamma=1)[:, 0, 0]
    assert (out[:, 1] == 0).all()
    assert (out[:, 2] == 255).all()
    assert out[:, 0].max() == round(255 * (64 / 255) ** 0.5)
    assert out[:, 0].min() == round(255 * (64 / 255) ** 2)


def shaded(pixels, **changes):
    shade(pixels, Policy(**changes), Draws(0, 0, np.arange(len(pixels))))
    return pixels


@pytest.mark.parametrize("channels", [1, 3])
def test_corners_lose_the_stated_share_and_the_middle_nothing(channels):
    out = shaded(flat([200] * channels, side=33), vignette=0.4)[..., 0]
    assert (out[:, 16, 16] == 200).all()
    assert 120 <= out[:, 0, 0].min() <= 122
    assert (out[:, 0, 0] == out[:, -1, -1]).all()
    assert (out[:, 0, 16] >= out[:, 0, 0]).all()


def test_bands_lie_along_the_rows_within_their_depth():
    out = shaded(flat([100, 100, 100], side=64), bands=0.2)[..., 0].astype(int)
    assert (out == out[:, :, :1]).all()
    assert (out.min(), out.max()) == (80, 120)
    changes_of_side = np.abs(np.diff(np.sign(out[:, :, 0] - 100.5))).sum(1) / 2
    assert changes_of_side.max() <= 9  # four bands have eight edges at most, and the end
