"""Choosing representative pictures: even over the classes, by a seed, none of them twice."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from convert.calibration import choose
from convert.pictures import Pictures
from convert.run import Run
from edge.preprocess import FrameToInput, to_pixels
from tests.convert.scenes import scenes

LABELS = ("a", "b", "c")
SPEC = FrameToInput(width=8, height=8, channels=3)


def pool(*counts):
    """Random pictures, so many of each class."""
    class_ids = np.repeat(np.arange(len(counts)), counts)
    pixels = np.random.default_rng(0).integers(0, 256, (len(class_ids), 8, 8, 3), np.uint8)
    return Pictures(pixels, class_ids, np.array([f"picture {i}" for i in range(len(class_ids))]))


def test_classes_give_the_same_number_and_small_ones_all_they_have():
    chosen = choose(pool(40, 20, 3), LABELS, SPEC, 23, seed=0)
    assert chosen.by_class == {"a": 10, "b": 10, "c": 3}
    assert len(set(chosen.names)) == 23


def test_the_seed_decides():
    pictures = pool(20, 20, 20)
    first = choose(pictures, LABELS, SPEC, 12, seed=0)
    assert first.names == choose(pictures, LABELS, SPEC, 12, seed=0).names
    assert first.names != choose(pictures, LABELS, SPEC, 12, seed=1).names


def test_asking_for_more_than_there_is_gives_all():
    assert sorted(choose(pool(4, 4, 4), LABELS, SPEC, 500, seed=0).names) == sorted(
        f"picture {i}" for i in range(12)
    )


def test_names_belong_to_the_pixels():
    pictures = pool(5, 5, 5)
    chosen = choose(pictures, LABELS, SPEC, 9, seed=0)
    for pixels, name in zip(chosen.pixels, chosen.names, strict=True):
        assert np.array_equal(pixels, pictures.pixels[int(name.split()[1])])


def test_the_record_says_how_many_which_and_from_where():
    chosen = choose(pool(5, 5, 5), LABELS, SPEC, 6, seed=3)
    assert chosen.to_json() == {
        "n": 6,
        "seed": 3,
        "sha256": hashlib.sha256(chosen.pixels.tobytes()).hexdigest(),
        "names_sha256": hashlib.sha256("\n".join(chosen.names).encode()).hexdigest(),
        "by_class": {"a": 2, "b": 2, "c": 2},
        "unlabelled": 0,
        "duplicates_left_out": 0,
        "from": "training pictures",
    }


def test_the_next_of_the_class_takes_the_place_of_a_duplicate():
    pictures = pool(6, 6, 6)
    pictures.pixels[1:6] = pictures.pixels[0]  # "a" has one picture, six times
    pictures.pixels[7] = pictures.pixels[6]
    chosen = choose(pictures, LABELS, SPEC, 100, seed=0)
    assert chosen.by_class == {"a": 1, "b": 5, "c": 6}
    assert chosen.duplicates == 6
    assert choose(pictures, LABELS, SPEC, 9, seed=0).by_class == {"a": 1, "b": 4, "c": 4}


def test_pictures_of_unknown_class_are_one_more_class():
    pictures = pool(10, 10, 0, 10)
    pictures.class_ids[pictures.class_ids == 3] = -1
    chosen = choose(pictures, LABELS, SPEC, 15, seed=0, origin="photos")
    assert chosen.by_class == {"a": 5, "b": 5, "c": 0}
    assert chosen.unlabelled == 5
    assert (chosen.to_json()["unlabelled"], chosen.to_json()["from"]) == (5, "photos")


def test_pictures_are_shrunk_through_preprocessing_and_their_sizes_kept():
    large = Pictures(scenes(3, size=64), np.array([0, 1, 2]), np.array(list("xyz")))
    chosen = choose(large, LABELS, SPEC, 3, seed=0)
    assert chosen.names == ("x", "y", "z")
    assert all(
        np.array_equal(*pair)
        for pair in zip(chosen.pixels, (to_pixels(p, SPEC) for p in large.pixels), strict=True)
    )
    assert chosen.sizes.tolist() == [[64, 64]] * 3


def test_pictures_of_a_run_are_training_pictures(digits_run):
    run = Run.open(digits_run)
    chosen = choose(run.pictures("calibration"), run.labels, run.spec, 200, seed=0)
    split = json.loads((digits_run / "split.json").read_text())
    assert set(chosen.names) <= set(split["train"])
    assert not set(chosen.names) & {*split["validation"], *split["test"]}
    assert set(chosen.by_class.values()) == {20}
