"""train.inspect.checks: each fault is found on the pictures that have it, and on no others."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from train.inspect.checks.balance import ratio
from train.inspect.inspection import inspect


@pytest.fixture
def found(survey_of):
    """Findings by their key."""

    def find(source, **options):
        surveyed = source if hasattr(source, "looks") else survey_of(source, **options)
        return {finding.key: finding for finding in inspect(surveyed, 0).findings}, surveyed

    return find


def names(surveyed, finding):
    return [{surveyed.looks[p].name for p in group} for group in finding.groups]


def test_clean_photos_have_nothing_to_put_right(found, photos):
    findings, _ = found(photos)
    assert {f.key for f in findings.values() if f.urgency != "know"} == {"few"}  # 40 a class


@pytest.mark.parametrize(
    "key, groups",
    [
        (
            "copies-across-classes",
            [{"red/00.png", "green/wrong.png"}, {"green/06.png", "few/<b>one & only.png"}],
        ),
        ("blank", [{"red/blank.png"}]),
        ("dark", [{"red/dark.png"}]),
        ("bright", [{"red/bright.png"}]),
        ("grey", [{"red/grey.png"}]),
        ("turned", [{"red/turned.jpg"}]),
        ("orientation", [{"green/tower.png"}]),
        ("crop", [{"green/tower.png"}]),
    ],
)
def test_a_fault_is_found_where_it_is(found, nasty, key, groups):
    findings, surveyed = found(nasty)
    assert sorted(map(sorted, names(surveyed, findings[key]))) == sorted(map(sorted, groups))


def test_copies_within_a_class_are_no_fault(found, nasty):
    findings, surveyed = found(nasty)
    assert {"red/01.png", "red/again.png"} in names(surveyed, findings["copies"])
    assert findings["copies"].urgency == "know"


def test_a_resaved_copy_in_another_class_is_found(found, photos, tmp_path):
    folder = shutil.copytree(photos, tmp_path / "copy")
    again = cv2.imread(str(folder / "red" / "07.png"))
    cv2.imwrite(str(folder / "blue" / "again.jpg"), again, [cv2.IMWRITE_JPEG_QUALITY, 80])
    findings, surveyed = found(folder)
    assert names(surveyed, findings["alike-across-classes"]) == [{"red/07.png", "blue/again.jpg"}]
    assert "copies-across-classes" not in findings


def test_a_picture_in_training_and_test_is_found(found, digits, tmp_path):
    with np.load(digits) as arrays:
        changed = {name: arrays[name] for name in arrays}
    changed["x_test"][3], changed["y_test"][3] = changed["x_train"][5], changed["y_train"][5]
    np.savez(tmp_path / "leak.npz", **changed)
    findings, surveyed = found(tmp_path / "leak.npz")
    assert {"x_train[5]", "x_test[3]"} in names(surveyed, findings["copies-across-parts"])


def test_one_scene_in_training_and_test_is_found(found, photos, tmp_path):
    for part in ("train", "test"):
        for label in ("red", "blue"):
            folder = tmp_path / part / label
            folder.mkdir(parents=True)
            for number in range(5) if part == "train" else range(5, 10):
                shutil.copy(photos / label / f"{number:02}.png", folder)
    again = cv2.imread(str(photos / "red" / "02.png"))
    cv2.imwrite(str(tmp_path / "test" / "red" / "again.jpg"), again)
    findings, surveyed = found(tmp_path)
    expected = [{"train/red/02.png", "test/red/again.jpg"}]
    assert names(surveyed, findings["alike-across-parts"]) == expected


def test_a_blurred_photo_is_found_among_sharp_ones(found, tmp_path):
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(30):
            board = cv2.resize(rng.integers(0, 255, (8, 8, 3)).astype(np.uint8), (96, 96),
                               interpolation=cv2.INTER_NEAREST)  # fmt: skip
            if (label, number) == ("a", 4):
                board = cv2.GaussianBlur(board, (0, 0), 5)
            cv2.imwrite(str(tmp_path / label / f"{number:02}.png"), board)
    findings, surveyed = found(tmp_path, size=96)
    assert names(surveyed, findings["blurred"]) == [{"a/04.png"}]


def test_few_and_unequal_classes(found, nasty):
    findings, surveyed = found(nasty)
    assert "few (1)" in findings["few"].text
    assert ratio(surveyed) == pytest.approx(46)
    assert "46.0 times" in findings["balance"].text
    assert "--balance weights" in findings["balance"].advice


def test_equal_classes_need_no_weights(found, photos):
    assert "balance" not in found(photos)[0]


def test_a_class_told_by_its_files_is_found(found, photos, survey_of, with_looks):
    surveyed = survey_of(photos)
    blue = [p for p, look in enumerate(surveyed.looks) if look.class_id == 0]
    findings, _ = found(with_looks(surveyed, {p: {"kind": "JPEG"} for p in blue}))
    assert "100% of blue are JPEG files, 0% of the others" in findings["shortcuts"].text
    half = {p: {"kind": "JPEG"} for p in blue[::2]}
    assert "shortcuts" not in found(with_looks(surveyed, half))[0]


def test_the_most_urgent_comes_first(survey_of, nasty):
    urgencies = [finding.urgency for finding in inspect(survey_of(nasty), 0).findings]
    assert urgencies == sorted(urgencies, key=("fix", "look", "know").index)
    assert set(urgencies) == {"fix", "look", "know"}


def test_black_and_white_are_no_faults_of_drawings(found, digits):
    assert not {"dark", "bright", "blurred", "grey"} & set(found(digits)[0])
