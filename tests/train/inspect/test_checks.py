"""train.inspect.checks: each fault is found on the pictures that have it, and on no others."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from edge.errors import DataError
from train.data.source import load
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


@pytest.mark.parametrize("part", ["test", "validation"])
def test_a_class_that_training_leaves_out_is_to_be_put_right(found, divided, part):
    folder = divided({"train/red": 12, "train/green": 12, f"{part}/red": 4, f"{part}/blue": 3})
    findings, surveyed = found(folder)
    unlearned = findings["unlearned"]
    assert unlearned.urgency == "fix"
    assert unlearned.text == f"training leaves out blue (3 in {part})"
    expected = [{f"{part}/blue/{number:02}.png"} for number in range(3)]
    assert names(surveyed, unlearned) == expected
    assert "balance" not in findings  # 16 and 12: no weight helps a class that is not there
    assert "blue" not in findings["few"].text
    assert load(str(folder), seed=0).labels == ("green", "red")  # training does what is said


def test_weights_are_still_advised_for_the_classes_that_are_learned(found, divided):
    folder = divided({"train/red": 30, "train/green": 10, "test/red": 4, "test/blue": 3})
    balance = found(folder)[0]["balance"]
    assert "red has 3.4 times the pictures of green" in balance.text
    assert "right in 77.3%" in balance.text  # 34 of 44
    assert "recall of green" in balance.advice


def test_a_class_without_a_readable_picture_is_to_be_put_right(found, nasty):
    (nasty / "mug").mkdir()
    (nasty / "mug" / "a.jpg").write_bytes(b"no picture")
    findings, _ = found(nasty)
    assert findings["unlearned"].text == "training leaves out mug (no readable picture)"
    assert "mug" not in findings["few"].text


def test_an_array_s_class_without_training_pictures_is_to_be_put_right(found, digits, tmp_path):
    with np.load(digits) as arrays:
        changed = {name: arrays[name] for name in arrays}
    kept = changed["y_train"] != 7
    changed["x_train"], changed["y_train"] = changed["x_train"][kept], changed["y_train"][kept]
    np.savez(tmp_path / "no7.npz", **changed)
    sevens = (changed["y_test"] == 7).sum()
    findings, _ = found(tmp_path / "no7.npz")
    expected = f"training refuses the data for want of 7 ({sevens} in test)"
    assert findings["unlearned"].text == expected
    with pytest.raises(DataError, match="class 7 has no training pictures"):
        load(str(tmp_path / "no7.npz"), seed=0)


@pytest.mark.parametrize(
    "counts, who",
    [
        pytest.param({"red": 12}, "only red has", id="one class"),
        pytest.param({"train/red": 12, "test/red": 4, "test/blue": 4}, "only red has",
                     id="the other one is for the test alone"),
    ],
)  # fmt: skip
def test_one_class_is_refused_as_by_training(found, divided, counts, who):
    folder = divided(counts)
    finding = found(folder)[0]["one-class"]
    assert finding.urgency == "fix"
    assert f"training refuses the data: {who} training pictures" in finding.text
    with pytest.raises(DataError, match="a classifier needs two or more"):
        load(str(folder), seed=0)


def test_pictures_for_the_test_alone_are_refused_as_by_training(found, divided):
    folder = divided({"red": 4, "blue": 4})
    rows = (f"{path.relative_to(folder)},{path.parent.name},test" for path in folder.rglob("*.png"))
    (folder / "labels.csv").write_text("\n".join(["file,label,split", *rows]))
    findings, _ = found(folder)
    assert "no class has training pictures" in findings["one-class"].text
    assert findings["unlearned"].text == "training leaves out blue (4 in test), red (4 in test)"


def test_two_classes_are_enough(found, divided):
    assert not {"one-class", "unlearned"} & set(found(divided({"red": 12, "blue": 12}))[0])


def test_a_group_begins_with_a_picture_of_each_class(found, four_of_one):
    findings, surveyed = found(four_of_one)
    (group,) = findings["copies-across-classes"].groups
    assert [surveyed.looks[p].name for p in group] == [
        "green/1st.png", "red/00.png", "green/2nd.png", "red/1st.png",
    ]  # fmt: skip


def test_a_group_begins_with_a_picture_of_each_part(found, divided):
    folder = divided({"train/red": 4, "train/green": 4, "test/red": 1, "test/green": 1})
    for name in ("again", "once more"):
        shutil.copy(folder / "test" / "red" / "00.png", folder / "train" / "red" / f"{name}.png")
    findings, surveyed = found(folder)
    for group in findings["copies-across-parts"].groups:
        assert {surveyed.looks[p].part for p in group[:2]} == {"train", "test"}


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
