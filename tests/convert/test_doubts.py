"""Doubts: each fault of a calibration set draws its sentence, a good set none."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from convert.calibration import choose, doubts
from edge.preprocess import FrameToInput
from tests.convert.scenes import pool, scenes

LABELS = ("a", "b")
REFERENCE = pool(scenes(200, first=5000), classes=2)


def chosen(pixels, classes=0, size=32):
    spec = FrameToInput(width=size, height=size, channels=pixels.shape[3])
    return choose(pool(pixels, classes), LABELS, spec, 500, seed=0)


def noise(count, low, high):
    return np.random.default_rng(1).integers(low, high, (count, 32, 32, 3), np.uint8)


GOOD = scenes(120)
FAULTS = [
    pytest.param(GOOD[:30], r"^only 30 pictures, 100 to 500 are usual: ", id="too few"),
    pytest.param(
        np.concatenate([GOOD[:30]] * 2), r"^only 30 pictures \(30 more were dup", id="the same"
    ),
    pytest.param(
        np.concatenate([GOOD, noise(5, 90, 95)]),
        r"^5 of 125 pictures are of a single colour: ",
        id="single colours",
    ),
    pytest.param(
        np.concatenate([GOOD, noise(5, 0, 28)]), r"^5 of 125 pictures are dark: ", id="dark"
    ),
    pytest.param(
        np.repeat(GOOD[..., :1], 3, axis=3), r"^120 of 120 pictures are grey, though", id="grey"
    ),
    pytest.param(GOOD[..., ::-1] // 2, r"training pictures \(.*(red|green|blue) -", id="darker"),
    pytest.param(
        np.stack([cv2.blur(p, (15, 15)) for p in GOOD]), r"\(.*detail -.* deviations", id="blurred"
    ),
    pytest.param(
        np.clip(scenes(1)[0].astype(int) + noise(120, 0, 70) - 35, 0, 255).astype(np.uint8),
        r"^they vary \d+% as much as the training",
        id="one scene",
    ),
]


@pytest.mark.parametrize("pixels, sentence", FAULTS)
def test_a_fault_draws_its_doubt(pixels, sentence, monkeypatch):
    if "vary" in sentence:  # frames of a still camera: nearly all of them would be left out
        monkeypatch.setattr("edge.likeness.LEAST_CORRELATION", 2.0)
    found = doubts(chosen(pixels), REFERENCE)
    assert sum(re.search(sentence, doubt) is not None for doubt in found) == 1, found


def test_good_pictures_draw_none_whoever_knows_them():
    for first in range(0, 1000, 120):
        calibration = chosen(scenes(120, first=first), classes=2)
        assert doubts(calibration, REFERENCE) == ()
        assert doubts(calibration, None) == ()


def test_one_class_alone_is_named():
    calibration = choose(pool(GOOD, classes=1), LABELS, FrameToInput(32, 32, 3), 500, seed=0)
    (doubt,) = doubts(calibration, None)
    assert doubt.startswith("all pictures are of one class, a: ")


def test_a_class_that_is_nearly_missing_is_named():
    pictures = pool(GOOD, classes=1)
    pictures.class_ids[:3] = 1
    (doubt,) = doubts(choose(pictures, LABELS, FrameToInput(32, 32, 3), 500, seed=0), None)
    assert doubt.startswith("few pictures or none of b (3): ")


def test_pictures_without_classes_are_no_fault():
    assert doubts(chosen(GOOD, classes=0), None) == ()


def test_enlarged_pictures_are_told_from_their_sizes():
    (doubt,) = doubts(chosen(GOOD, size=96), None)
    assert "120 of 120 pictures are less than half as large as the model's input of 96x96" in doubt
    assert "(the smallest: 32x32)" in doubt
    assert doubts(chosen(GOOD, size=48), None) == ()


def test_grey_pictures_are_right_for_a_grey_model_and_where_the_training_is_grey():
    low = scenes(120, channels=1)
    assert doubts(chosen(low), pool(scenes(100, first=500, channels=1))) == ()
    as_colour = np.repeat(low, 3, axis=3)
    grey_reference = pool(np.repeat(scenes(100, first=500, channels=1), 3, axis=3))
    assert doubts(chosen(as_colour), grey_reference) == ()


def test_training_pictures_of_another_size_are_compared_all_the_same():
    assert doubts(chosen(GOOD), pool(scenes(100, first=500, size=32))) == ()
