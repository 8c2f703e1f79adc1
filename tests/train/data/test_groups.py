"""train.data.groups and alike: what is one scene stays together, what is not does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.likeness import thumbnail
from train.data.alike import Looks
from train.data.division import divide
from train.data.groups import cut_large, first_equal, join, scenes
from train.data.material import folder_material
from train.data.source import load, load_material, pictures_of
from train.data.split import Shares


def scene(seed, shift=0.0, light=1.0):
    """A picture of something; another ``shift`` or ``light`` shows it again."""
    noise = np.random.default_rng(seed).integers(0, 200, (8, 8, 3)).astype(np.uint8)
    large = cv2.resize(noise, (64, 64), interpolation=cv2.INTER_CUBIC)
    move = np.float32([[1, 0, shift], [0, 1, shift]])
    moved = cv2.warpAffine(large, move, (64, 64), borderMode=cv2.BORDER_REFLECT)
    return np.clip(moved * light, 0, 255).astype(np.uint8)


def numbers(pictures, class_ids=None, names=None):
    class_ids = np.zeros(len(pictures), int) if class_ids is None else np.array(class_ids)
    names = [f"photo{chr(97 + i)}" for i in range(len(pictures))] if names is None else names
    return scenes(np.stack(pictures), class_ids, np.array(names)).tolist()


def test_another_light_is_the_same_scene():
    assert numbers([scene(0), scene(1), scene(0, light=0.8), scene(1, 0.3)]) == [0, 1, 0, 1]


def test_a_burst_is_one_scene_by_its_numbers():
    burst = [scene(0), scene(0, 2), scene(0, 4), scene(5)]
    named = ["a/IMG_0012", "a/IMG_0013", "a/IMG_0015", "a/IMG_0016"]
    assert numbers(burst, names=named) == [0, 0, 0, 3]
    # The same pictures under names that say nothing of time.
    assert numbers(burst) == [0, 1, 2, 3]
    assert numbers(burst, names=[f"x_train[{i}]" for i in range(4)]) == [0, 1, 2, 3]
    # Numbers of another folder are another series.
    assert numbers(burst, names=["a/1", "b/2", "a/9", "b/10"])[:2] == [0, 1]


def test_a_picture_that_was_saved_again_for_another_class_is_the_same_scene():
    pictures = [scene(0), scene(1), scene(0, light=0.9), scene(0)]
    assert numbers(pictures, class_ids=[0, 0, 1, 1]) == [0, 1, 0, 0]


def test_a_fixed_camera_does_not_make_one_scene_of_all_classes():
    # Twelve things before one background, all alike by their thumbnails.
    pictures = [scene(0, light=1 - i / 100) for i in range(12)]
    assert numbers(pictures, class_ids=[0, 1] * 6) == [0, 1] * 6
    assert numbers(pictures[:10], class_ids=[0, 1] * 5) == [0] * 10  # as few may be copies


@pytest.mark.parametrize("count", [4, 700])
def test_pairs_of_two_classes_are_those_that_all_pairs_hold(count):
    class_ids = np.arange(count) % 3
    pictures = [scene(i) for i in range(count)]
    pictures[count - 1] = scene(0, light=0.9)  # of class 0 as well where there are four
    pictures[count - 2] = scene(1, light=0.9)
    looks = Looks(np.stack(pictures))
    pairs = looks.pairs(0.97)
    expected = pairs[class_ids[pairs[:, 0]] != class_ids[pairs[:, 1]]]
    assert len(expected)
    assert set(map(tuple, looks.crossing(0.97, class_ids, most=10))) == set(map(tuple, expected))
    assert len(looks.crossing(0.97, class_ids, most=1)) == 0


def test_grey_pictures_must_be_equal():
    grey = [scene(0)[..., :1], scene(0, light=0.9)[..., :1], scene(0)[..., :1]]
    assert numbers(grey) == [0, 1, 0]


def test_the_quick_comparison_misses_no_pair():
    rng = np.random.default_rng(0)
    pictures = [scene(i % 150, rng.uniform(-1, 1), rng.uniform(0.6, 1)) for i in range(300)]
    small = np.stack([cv2.resize(p, (32, 32), interpolation=cv2.INTER_AREA) for p in pictures])
    all_of = np.stack([thumbnail(p) for p in small])
    for least in (0.8, 0.97):
        rows, columns = np.nonzero(np.triu(all_of @ all_of.T >= least, 1))
        expected = set(zip(rows.tolist(), columns.tolist(), strict=True))
        assert 10 < len(expected) <= 200
        assert set(map(tuple, Looks(small).pairs(least).tolist())) == expected
    between = Looks(small).pairs_between(np.arange(150), np.arange(150, 300), 0.97)
    assert set(map(tuple, between.tolist())) == {(i, j) for i, j in expected if i < 150 <= j}


def test_equal_pictures_point_to_the_first():
    assert first_equal([b"a", b"b", b"a", b"a"]).tolist() == [0, 1, 0, 0]


def test_keys_join_scenes():
    assert join(np.array([0, 1, 1, 3, 4]), ["x", "", "x", "", ""]).tolist() == [0, 0, 0, 3, 4]


def test_a_scene_of_most_of_a_class_is_cut_in_order():
    class_ids = np.array([0] * 40 + [1] * 40)
    found = np.array([0] * 30 + list(range(30, 80)))
    names = np.array([f"{i}.png" for i in range(80)])
    parted, cut = cut_large(found, class_ids, names, np.arange(80))
    assert cut == [(0, 30)]
    assert [len(set(parted[i : i + 3].tolist())) for i in range(0, 30, 3)] == [1] * 10
    assert len(set(parted.tolist())) == 10 + 50
    equal = np.arange(80)
    equal[29] = 0  # stands at both ends
    parted, _ = cut_large(found, class_ids, names, equal)
    assert parted[0] == parted[29]


def test_half_a_class_is_not_cut():
    found = np.array([0] * 20 + list(range(20, 40)))
    class_ids, names = np.zeros(40, int), np.arange(40).astype(str)
    assert cut_large(found, class_ids, names, np.arange(40))[1] == []


@pytest.fixture
def repeated(tmp_path):
    """Two classes of 12 scenes, each taken three times, and one picture that stands in both."""
    for label, start in (("cup", 0), ("pen", 100)):
        (tmp_path / label).mkdir()
        for number in range(12):
            for again in range(3):
                picture = scene(start + number, light=1 - again * 0.1)
                name = f"{number:02}-{again * 50}.png"
                cv2.imwrite(str(tmp_path / label / name), picture[..., ::-1])
    cv2.imwrite(str(tmp_path / "cup" / "both.png"), scene(500))
    cv2.imwrite(str(tmp_path / "pen" / "both.png"), scene(500))
    return tmp_path


def test_no_scene_is_in_two_parts(repeated):
    material = load_material(str(repeated), size=None, photo_size=32)
    names = material.images.names.tolist()
    for seed in range(10):
        data = divide(material, Shares(), seed)
        parts = [
            {material.scenes[names.index(name)] for name in part.names.tolist()}
            for part in (data.train, data.validation, data.test)
        ]
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
        shown = {name.split("-")[0] for name in data.test.names}
        assert len(shown) * 3 == len(data.test)  # each scene with its three photos
        assert "cup/both.png" in data.train.names and "pen/both.png" in data.train.names


def test_what_is_there_twice_is_told(repeated):
    notes = "\n".join(load(str(repeated), seed=0).notes)
    assert "1 picture is in two classes: cup/both.png = pen/both.png; used for training" in notes
    assert "74 pictures show 25 scenes again and again" in notes


def test_scenes_do_not_depend_on_the_size(repeated):
    small, large = (
        folder_material(pictures_of(str(repeated)), side).scenes.tolist() for side in (16, 64)
    )
    assert small == large


def test_a_fixed_camera_still_leaves_pictures_to_judge_by(tmp_path):
    rng = np.random.default_rng(0)
    for label in ("empty", "full"):
        (tmp_path / label).mkdir()
        for number in range(40):
            picture = scene(0).copy()
            picture[:4, :4] = rng.integers(0, 255, 3) if label == "full" else 0
            picture[8, 8] = number  # never quite equal
            cv2.imwrite(str(tmp_path / label / f"{number}.png"), picture)
    data = load(str(tmp_path), seed=0)
    assert [len(p) for p in (data.train, data.validation, data.test)] == [56, 8, 16]
    assert sum("of its 40 pictures look alike (one scene, or a fixed" in n for n in data.notes) == 2


def test_trashnet(shared_data):
    material = load_material(str(shared_data / "trashnet"), size=None, photo_size=64)
    _, counts = np.unique(material.scenes, return_counts=True)
    assert (len(material.images), len(counts), counts.max()) == (2527, 2470, 8)
    assert material.is_doubtful.sum() == 6
    assert "3 pictures are in two classes: glass/glass115.jpg = metal/" in material.notes[0]
