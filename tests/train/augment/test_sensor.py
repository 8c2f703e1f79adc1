"""train.augment.sensor: noise has the sigma that it says, and JPEG leaves blocks."""

from __future__ import annotations

import numpy as np
import pytest

from train.augment.draws import Draws
from train.augment.policy import Policy
from train.augment.sensor import add_noise, compress, jpeg, sensor_sigmas


def noisy(value, policy, count=200, channels=3):
    pixels = np.full((count, 32, 32, channels), value, np.uint8)
    add_noise(pixels, policy, Draws(0, 0, np.arange(count)), 0)
    return pixels


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_has_a_sigma_between_0_and_the_stated(channels):
    found = noisy(128, Policy(noise=8), channels=channels).std((1, 2, 3))
    rounding = 1 / 12
    expected = np.sqrt(Draws(0, 0, np.arange(200)).up_to("noise", 8) ** 2 + rounding)
    clear = expected > 1
    assert np.allclose(found[clear], expected[clear], rtol=0.1)
    assert expected.max() > 7.8


def test_noise_has_no_pattern_that_two_pictures_share():
    grains = noisy(128, Policy(noise=8), count=60).reshape(60, -1).astype(float)
    grains = grains[grains.std(1) > 1]
    related = np.corrcoef(grains) - np.eye(len(grains))
    assert np.abs(related).max() < 0.1  # 3,072 numbers each: 0.018 is one standard deviation
    assert np.abs(grains.mean(1) - 128).max() < 0.5


def test_colours_get_noise_of_their_own():
    red, green = (noisy(128, Policy(noise=8), count=1)[0, :, :, c].ravel() for c in (0, 1))
    assert abs(np.corrcoef(red, green)[0, 1]) < 0.1


def test_sensor_noise_is_as_stated_at_middle_grey_and_stronger_in_the_dark():
    sigmas = sensor_sigmas(6.0)
    assert sigmas[128] == pytest.approx(6.0)
    assert sigmas[30] > 1.2 * sigmas[128] > sigmas[250]


def test_more_gain_is_more_read_noise_in_the_dark():
    weak, strong = sensor_sigmas(2.0), sensor_sigmas(12.0)
    assert strong[30] / strong[128] > weak[30] / weak[128]


@pytest.mark.parametrize("value", [60, 128, 200])
def test_sensor_noise_follows_its_table(value):
    found = noisy(value, Policy(sensor=6)).std((1, 2, 3))
    stated = Draws(0, 0, np.arange(200)).up_to("sensor", 6)
    for number in np.flatnonzero(stated > 2):
        assert found[number] == pytest.approx(sensor_sigmas(stated[number])[value], rel=0.1)


def ramp():
    """A picture that rises by 3 a column, 32x32, grey."""
    return np.broadcast_to((np.arange(32, dtype=np.uint8) * 3)[:, None], (32, 32, 1)).copy()


def test_jpeg_of_a_low_quality_has_blocks_of_8_pixels():
    steps = np.abs(np.diff(jpeg(ramp(), 1)[..., 0].astype(int), axis=1)).mean(0)
    edges = steps[7::8]  # from column 7 to 8, 15 to 16, 23 to 24
    assert edges.min() > 5 * np.delete(steps, [7, 15, 23]).max()


def test_jpeg_of_quality_100_is_all_but_lossless():
    assert np.abs(jpeg(ramp(), 100).astype(int) - ramp()).max() <= 1


def test_jpeg_keeps_red_red():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(jpeg(red, 90).astype(int) - red).max() <= 3


def test_pictures_are_compressed_down_to_the_stated_quality():
    rng = np.random.default_rng(0)
    original = rng.integers(0, 256, (16, 16, 3), np.uint8)
    pixels = np.stack([original] * 200)
    compress(pixels, Policy(jpeg=60), Draws(0, 0, np.arange(200)))
    of_quality = {jpeg(original, quality).tobytes(): quality for quality in range(60, 101)}
    found = {of_quality[p.tobytes()] for p in pixels}
    assert len(found) > 35
