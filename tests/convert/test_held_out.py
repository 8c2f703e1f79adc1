"""Test pictures stay out of the calibration."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from convert.calibration import choose, refuse_held_out
from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels
from tests.convert.scenes import pool, scenes

SPEC = FrameToInput(width=16, height=16, channels=3)
TEST = pool(np.stack([to_pixels(p, SPEC) for p in scenes(40, first=1000, size=48)]))


def chosen(pixels, origin):
    return choose(pool(pixels), ("a", "b"), SPEC, 100, seed=0, origin=origin)


def test_pictures_of_ones_own_that_are_test_pictures_are_refused_by_name():
    # As the photos lie in their folder: only preprocessing makes them what the test part holds.
    mixed = np.concatenate([scenes(20, size=48), scenes(5, first=1000, size=48)])
    with pytest.raises(DataError) as caught:
        refuse_held_out(chosen(mixed, "photos"), TEST, SPEC)
    message = str(caught.value)
    assert message.startswith("photos: 5 of the 25 pictures chosen are test pictures of this model")
    assert message.count("picture 2") == 3, "the first three are named"
    assert "..." in message
    assert message.endswith("or calibrate on the run's training pictures")


def test_one_is_enough():
    mixed = np.concatenate([scenes(20, size=48), scenes(1, first=1039, size=48)])
    with pytest.raises(DataError, match=r"1 of the 21 pictures chosen is a .* \(picture 20\), on"):
        refuse_held_out(chosen(mixed, "photos"), TEST, SPEC)


def test_the_same_scene_again_is_a_doubt():
    again = cv2.convertScaleAbs(scenes(2, first=1003, size=48), alpha=0.9, beta=10)
    mixed = np.concatenate([scenes(20, size=48), again])
    (doubt,) = refuse_held_out(chosen(mixed, "photos"), TEST, SPEC)
    assert doubt.startswith("2 of 22 pictures almost equal test pictures (picture 2")


def test_what_the_training_part_shares_with_the_test_part_is_a_doubt():
    mixed = np.concatenate([scenes(20, size=48), scenes(1, first=1000, size=48)])
    (doubt,) = refuse_held_out(chosen(mixed, "training pictures"), TEST, SPEC)
    assert doubt.startswith("1 of 21 pictures almost equal test pictures (picture 20)")


def test_other_pictures_draw_no_doubt():
    assert refuse_held_out(chosen(scenes(60, size=48), "photos"), TEST, SPEC) == ()


def test_without_test_pictures_nothing_is_known():
    assert refuse_held_out(chosen(scenes(3, size=48), "photos"), None, SPEC) == ()
