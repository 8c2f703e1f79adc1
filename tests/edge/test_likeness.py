"""Near-duplicates: the same scene again, however noisy, lit or compressed; nothing else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.likeness import Unique, near
from tests.convert.scenes import scene, scenes


def noisy(pixels, deviation):
    noise = np.random.default_rng(9).normal(0, deviation, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def as_jpeg(pixels, quality):
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


AGAIN = [
    pytest.param(lambda p: p.copy(), id="the same pixels"),
    pytest.param(lambda p: noisy(p, 5), id="noise of a camera"),
    pytest.param(lambda p: as_jpeg(p, 80), id="compressed"),
    pytest.param(lambda p: (p * 0.7).astype(np.uint8), id="shorter exposure"),
]
OTHER = [
    pytest.param(lambda p: p[:, ::-1], id="mirrored"),
    pytest.param(lambda p: p[..., ::-1], id="red and blue swapped"),
    pytest.param(lambda p: np.roll(p, 8, axis=1), id="moved by a quarter"),
    pytest.param(lambda p: scene(1), id="another scene"),
    pytest.param(np.zeros_like, id="black"),
]


@pytest.mark.parametrize("again", AGAIN)
def test_the_same_scene_is_a_duplicate(again):
    unique = Unique()
    assert [unique.add(p) for p in (scene(0), scene(2), again(scene(0)))] == [True, True, False]


@pytest.mark.parametrize("other", OTHER)
def test_another_scene_is_none(other):
    unique = Unique()
    assert [unique.add(p) for p in (scene(0), scene(2), other(scene(0)))] == [True] * 3


def test_single_colours_are_told_apart_by_their_pixels_alone():
    unique = Unique()
    levels = (0, 1, 200, 1, 0)
    assert [unique.add(np.full((8, 8, 3), v, np.uint8)) for v in levels] == [True] * 3 + [False] * 2


def test_a_thing_on_a_plain_table_is_not_another_thing_on_it():
    table = np.full((96, 96, 3), 200, np.uint8) - np.arange(96, dtype=np.uint8)[:, None, None] // 4
    bottle, can = table.copy(), table.copy()
    bottle[20:60, 40:50] = (30, 90, 40)
    can[30:60, 55:70] = (120, 20, 30)
    assert near([bottle, can, table], [noisy(can, 4), scene(0)]).tolist() == [False, True, False]


def test_grey_pictures_of_any_shape_are_compared_too():
    unique = Unique()
    low = scene(0, 40, 28, channels=1)
    assert [unique.add(p) for p in (low, noisy(low, 3), scene(1, 40, 28, 1))] == [True, False, True]


def test_many_scenes_are_all_different():
    unique = Unique()
    assert sum(unique.add(pixels) for pixels in scenes(300)) == 300
    assert not any(unique.add(noisy(pixels, 3)) for pixels in scenes(300))
