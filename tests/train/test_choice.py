"""train.choice: the recipe that suits the pictures when none is named."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge.errors import UsageError
from edge.preprocess import FrameToInput
from train.choice import choose
from train.data.source import load
from train.options import build_parser


def chosen(*arguments):
    return choose(build_parser().parse_args(list(map(str, arguments))))


@pytest.fixture
def folder_of(tmp_path):
    """A function that gives a folder with two classes of pictures of so many pixels."""

    def make(side):
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            for number in range(3):
                picture = np.zeros((side // 2, side, 3), np.uint8)
                cv2.imwrite(str(tmp_path / name / f"{number}.png"), picture)
        return tmp_path

    return make


def test_photos_start_from_imagenet(folder_of):
    choice = chosen("--data", folder_of(300))
    assert (choice.name, choice.size) == ("photos", 224)
    assert choice.recipe.architecture == "efficientnet-lite0"
    assert "folder of photos" in choice.why


@pytest.mark.parametrize("side, size", [(64, 64), (40, 40), (16, 32)])
def test_small_pictures_are_learned_from_nothing_at_their_size(side, size, folder_of):
    choice = chosen("--data", folder_of(side))
    assert (choice.name, choice.recipe.architecture, choice.size) == ("default", "whitened", size)


def test_a_small_size_means_small_pictures(folder_of):
    folder = folder_of(300)
    assert chosen("--data", folder, "--size", 48).name == "default"
    choice = chosen("--data", folder, "--size", 160)
    assert (choice.name, choice.size) == ("photos", 160)


@pytest.mark.parametrize(
    "name, side, channels, preset",
    [
        ("digits", 32, 1, "digits"),
        ("mnist", 28, 1, "digits"),
        ("fashion-mnist", 28, 1, "default"),
        ("cifar10", 32, 3, "default"),
        ("birds", 64, 3, "default"),
        ("birds", 96, 3, "photos"),
        ("x-rays", 96, 1, "digits"),
    ],
)
def test_arrays_are_looked_at(name, side, channels, preset, digits):
    choice = chosen("--data", digits)
    assert choice.size is None
    spec = FrameToInput(width=side, height=side, channels=channels)
    dataset = replace(load(str(digits), seed=0), name=name, spec=spec)
    assert choice.for_arrays(dataset).name == preset


def test_pictures_without_colour_in_a_folder_are_grey_too(folder_of):
    folder = folder_of(32)
    rng = np.random.default_rng(0)
    for path in folder.glob("*/*.png"):
        cv2.imwrite(str(path), rng.integers(0, 256, (32, 32), np.uint8))
    dataset = load(str(folder), seed=0, size=32)
    assert chosen("--data", folder).for_arrays(dataset).name == "digits"
    for path in folder.glob("*/*.png"):
        cv2.imwrite(str(path), rng.integers(0, 256, (32, 32, 3), np.uint8))
    dataset = load(str(folder), seed=0, size=32)
    assert chosen("--data", folder).for_arrays(dataset).name == "default"


def test_a_name_is_the_data_set_though_a_folder_is_called_so(folder_of, monkeypatch):
    folder = folder_of(300)
    (folder / "mnist" / "a").mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert chosen("--data", "mnist").name == "default"


def test_what_is_named_stays(digits, tmp_path):
    dataset = load(str(digits), seed=0)
    for named, architecture in (
        (("--architecture", "whitened"), "whitened"),
        (("--preset", "default"), "whitened"),
        (("--preset", "textbook"), "cifar-cnn"),
        (("--preset", "textbook", "--architecture", "wide-cnn"), "wide-cnn"),
        (("--preset", "photos", "--architecture", "mobilenet-v2"), "mobilenet-v2"),
    ):
        choice = chosen("--data", digits, *named).for_arrays(dataset)
        assert choice.recipe.architecture == architecture


NAMED = [
    ("--preset", "smallest"),
    ("--preset", "default"),
    ("--preset", "textbook-augmented"),
    ("--architecture", "compact"),
    ("--architecture", "whitened"),
    ("--preset", "default", "--no-flip"),
]


@pytest.mark.parametrize("named", NAMED, ids=" ".join)
def test_grey_pictures_are_not_mirrored_by_a_recipe_that_is_named(named, digits):
    before = chosen("--data", digits, *named)
    after = before.for_arrays(load(str(digits), seed=0))
    expected = before.recipe
    if "--no-flip" not in named:  # an option is obeyed where the recipe is made of them
        expected = expected.changed({"augment.flip": "none"})
        assert "grey pictures, such as digits, are not mirrored" in after.why
    assert after.recipe == expected  # all else of the recipe stays


@pytest.mark.parametrize("option", ["--flip horizontal", "--augment basic", "--recipe FILE"])
def test_flips_that_are_asked_for_stay(option, digits, tmp_path):
    (tmp_path / "r.json").write_text('{"architecture": "compact"}')
    named = [] if "FILE" in option else ["--preset", "smallest"]
    words = option.replace("FILE", str(tmp_path / "r.json")).split()
    choice = chosen("--data", digits, *named, *words)
    assert choice.for_arrays(load(str(digits), seed=0)) == choice


def test_clothes_and_colour_pictures_are_mirrored_as_the_named_recipe_says(digits):
    dataset = load(str(digits), seed=0)
    noise = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)
    colour = replace(dataset.train.take(np.arange(20)), pixels=noise)
    spec = FrameToInput(width=32, height=32, channels=3)
    choice = chosen("--data", digits, "--preset", "smallest")
    for other in (
        replace(dataset, name="fashion-mnist"),
        replace(dataset, name="birds", spec=spec, train=colour),
    ):
        assert choice.for_arrays(other) == choice


def test_a_folder_of_large_grey_photos_is_not_mirrored_either(folder_of):
    folder = folder_of(300)
    rng = np.random.default_rng(0)
    for path in folder.glob("*/*.png"):
        cv2.imwrite(str(path), rng.integers(0, 256, (300, 300), np.uint8))
    dataset = load(str(folder), seed=0, size=32)
    for named in ((), ("--preset", "photos"), ("--architecture", "mobilenet-v2")):
        assert chosen("--data", folder, *named).for_arrays(dataset).recipe.augment.flip == "none"


def test_a_recipe_is_not_for_networks_of_another_kind():
    with pytest.raises(UsageError, match="--architecture: recipe photos is for efficientnet-lite0"):
        chosen("--preset", "photos", "--architecture", "dense")
