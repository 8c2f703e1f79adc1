"""train.data.layout: class, group and part of a photo, by where it lies."""

from __future__ import annotations

import shutil

import pytest

from edge.errors import DataError
from tests.train.material import read_photos as read
from train.data.source import load
from train.data.split import Shares


def test_folders_inside_class_folders_are_groups(folder):
    nested = folder / "red" / "kitchen" / "evening"
    nested.mkdir(parents=True)
    for number in range(10, 20):
        (folder / "red" / f"{number}.png").rename(nested / f"{number}.png")
    data = read(folder)
    groups = {
        str(name): str(group)
        for part in (data.train, data.validation, data.test)
        for name, group in zip(part.names, part.groups, strict=True)
    }
    assert len(groups) == 120
    assert groups["red/kitchen/evening/12.png"] == "kitchen/evening"
    assert groups["red/05.png"] == ""
    assert "folders in the class folders give groups: kitchen/evening" in data.notes


def test_classes_that_lie_a_folder_too_deep_are_pointed_at(folder):
    for number, path in enumerate(sorted(folder.glob("*/*.png"))):
        day = folder / ("monday", "tuesday")[number % 2] / path.parent.name
        day.mkdir(parents=True, exist_ok=True)
        path.rename(day / path.name)
    for emptied in ("red", "green", "blue"):
        (folder / emptied).rmdir()
    data = read(folder)
    assert data.labels == ("monday", "tuesday")
    assert any(note.endswith(f"if they are the classes, move them up, into {folder}")
               for note in data.notes)  # fmt: skip


def test_groups_stay_whole_when_asked_for(folder):
    for path in folder.glob("*/*.png"):
        place = path.parent / f"place{int(path.stem) % 5}"
        place.mkdir(exist_ok=True)
        path.rename(place / path.name)
    data = load(str(folder), size=32, seed=0, shares=Shares(whole_groups=True))
    parts = [set(p.groups.tolist()) for p in (data.train, data.validation, data.test)]
    assert not parts[0] & parts[2] and not parts[0] & parts[1] and not parts[1] & parts[2]
    assert len(data.test) == 24  # one place of five, in every class


def test_groups_that_are_too_few_to_stay_whole_are_named_as_the_cause(folder):
    for path in folder.glob("*/*.png"):
        place = path.parent / f"place{int(path.stem) % 2}"
        place.mkdir(exist_ok=True)
        path.rename(place / path.name)
    with pytest.raises(DataError, match=r"needs three groups or more; .* --whole-groups out"):
        load(str(folder), size=32, seed=0, shares=Shares(whole_groups=True))


def test_groups_cannot_stay_whole_without_any(photos):
    with pytest.raises(DataError, match="colours: has no groups to keep whole; name them in"):
        load(str(photos), size=32, seed=0, shares=Shares(whole_groups=True))


def parts_of(folder, shares):
    """Move the photos into folders of parts: for each its share of the numbers of every class."""
    for path in sorted(folder.glob("*/*.png")):
        part = next(name for name, last in shares.items() if int(path.stem) < last)
        to = folder / part / path.parent.name
        to.mkdir(parents=True, exist_ok=True)
        path.rename(to / path.name)
    for label in ("red", "green", "blue"):
        (folder / label).rmdir()


@pytest.mark.parametrize("name", ["val", "Validation"])
def test_parts_that_the_user_made_stay(folder, name):
    parts_of(folder, {"train": 20, name: 30, "test": 40})
    data = read(folder)
    assert data.labels == ("blue", "green", "red")
    assert [len(p) for p in (data.train, data.validation, data.test)] == [60, 30, 30]
    assert all(str(n).startswith("test/") for n in data.test.names)
    assert all(str(n).startswith(name) for n in data.validation.names)


def test_parts_that_are_missing_come_from_the_training_part(folder):
    parts_of(folder, {"train": 30, "test": 40})
    data = read(folder)
    assert [len(p) for p in (data.train, data.validation, data.test)] == [81, 9, 30]
    assert all(str(n).startswith("train/") for n in data.validation.names)


def test_a_share_that_the_user_s_own_part_overrules_is_told(folder):
    parts_of(folder, {"train": 20, "val": 30, "test": 40})
    assert not any("share" in note for note in read(folder).notes)
    data = load(str(folder), size=32, seed=0, shares=Shares(test=0.1, validation=0.3))
    told = [note.partition(",")[0] for note in data.notes if "share" in note]
    assert told == [
        "--validation-share: changes nothing",
        "--test-share: changes nothing",
    ]


def test_a_photo_in_two_parts_is_told(folder):
    parts_of(folder, {"train": 30, "test": 40})
    shutil.copy(folder / "train" / "red" / "05.png", folder / "test" / "red" / "copy.png")
    data = read(folder)
    told = "\n".join(data.notes)
    assert "1 picture is of the given test or validation part in the training part too" in told
    assert "test/red/copy.png" in told
    assert len(data.test) == 31


def test_a_class_that_only_the_test_part_has_is_left_out(folder):
    parts_of(folder, {"train": 30, "test": 40})
    shutil.copytree(folder / "test" / "red", folder / "test" / "pink")
    data = read(folder)
    assert data.labels == ("blue", "green", "red")
    assert "class pink has no readable training picture; left out" in "\n".join(data.skipped)


def test_a_part_called_dev_validates(folder):
    parts_of(folder, {"train": 20, "dev": 30, "test": 40})
    data = read(folder)
    assert data.labels == ("blue", "green", "red")
    assert all(str(n).startswith("dev/") for n in data.validation.names)


def test_a_test_part_of_loose_photos_is_left_out_and_told(folder):
    parts_of(folder, {"train": 30, "test": 40})
    for number, path in enumerate(sorted((folder / "test").glob("*/*.png"))):
        path.rename(folder / "test" / f"{number}.png")
    for label in ("red", "green", "blue"):
        (folder / "test" / label).rmdir()
    data = read(folder)
    assert data.labels == ("blue", "green", "red")
    assert len(data.train) + len(data.validation) + len(data.test) == 90
    assert f"{folder / 'test'}: has no class folders; this part is left out" in data.skipped


def test_an_empty_part_is_left_out_and_told(folder):
    parts_of(folder, {"train": 30, "test": 40})
    (folder / "val").mkdir()
    data = read(folder)
    assert data.labels == ("blue", "green", "red")
    assert f"{folder / 'val'}: has no class folders; this part is left out" in data.skipped


def test_a_folder_beside_the_parts_could_be_either(folder):
    parts_of(folder, {"train": 30, "test": 40})
    (folder / "extra").mkdir()
    with pytest.raises(DataError, match="beside test and train stands extra, no part of that kind"):
        read(folder)


def test_what_lies_beside_the_parts_is_told(folder):
    parts_of(folder, {"train": 30, "test": 40})
    (folder / "IMG_1.heic").write_bytes(b"")
    told = "\n".join(read(folder).skipped)
    assert f"{folder}: in no class folder, skipped: IMG_1.heic" in told


def test_a_class_called_train_may_have_groups_beside_other_classes(folder):
    (folder / "red").rename(folder / "train")
    (folder / "train" / "station").mkdir()
    (folder / "train" / "05.png").rename(folder / "train" / "station" / "05.png")
    assert read(folder).labels == ("blue", "green", "train")


def test_toy_trains_are_a_class(folder):
    (folder / "red").rename(folder / "train")
    assert read(folder).labels == ("blue", "green", "train")


def test_file_names_give_groups_that_classes_share(folder):
    for path in sorted(folder.glob("*/*.png")):
        place = "kitchen" if int(path.stem) < 20 else "garden"
        path.rename(path.with_name(f"{place}_{path.stem}.png"))
    data = read(folder)
    assert set(data.train.groups) == {"kitchen", "garden"}
    assert "file names give 2 groups: garden, kitchen" in data.notes
    assert all(str(n).split("/")[1].startswith(str(g)) for n, g in named_groups(data.train))


def named_groups(images):
    return zip(images.names, images.groups, strict=True)


@pytest.mark.parametrize("fault", ["the class's own name", "a name of one photo", "no name"])
def test_file_names_that_tell_no_groups(folder, fault):
    for number, path in enumerate(sorted(folder.glob("*/*.png"))):
        if fault == "the class's own name":
            path.rename(path.with_name(f"{path.parent.name}{path.stem}.png"))
        elif fault == "a name of one photo" and number % 2:
            path.rename(path.with_name(f"kitchen_{path.stem}.png"))
    if fault == "a name of one photo":
        first = min(folder.glob("*/*.png"))
        first.rename(first.with_name("once_00.png"))
    assert set(read(folder).train.groups) == {""}


def test_names_that_differ_by_case_are_one_class(folder):
    (folder / "Red").mkdir()
    for number in range(5):
        (folder / "red" / f"{number:02}.png").rename(folder / "Red" / f"{number:02}.png")
    data = read(folder)
    assert data.labels == ("blue", "green", "red")
    assert [len(p) for p in (data.train, data.validation, data.test)] == [84, 12, 24]
    (note,) = data.notes
    assert note.startswith("Red and red: differ by case only; taken as one class, red; rename")


def test_an_empty_class_is_left_out_by_name(folder):
    (folder / "white").mkdir()
    (folder / "black").mkdir()
    (folder / "black" / "empty.jpg").touch()
    data = read(folder)
    assert data.labels == ("blue", "green", "red")
    told = "\n".join(data.skipped)
    assert "white: has no picture; the class is left out" in told
    assert "class black has no readable training picture; left out" in told


def test_hidden_folders_are_no_classes(folder):
    (folder / ".cache").mkdir()
    (folder / "__MACOSX").mkdir()
    assert read(folder).labels == ("blue", "green", "red")


def test_one_class_is_refused(folder):
    shutil.rmtree(folder / "red")
    shutil.rmtree(folder / "green")
    with pytest.raises(DataError, match=r"colours: has 1 class\(es\) with .* two or more"):
        read(folder)


def test_classes_one_folder_too_low_are_pointed_out(photos, tmp_path):
    shutil.copytree(photos, tmp_path / "unpacked" / "data")
    with pytest.raises(DataError) as caught:
        read(tmp_path / "unpacked")
    inner = tmp_path / "unpacked" / "data"
    assert str(caught.value).endswith(
        f"; {inner} holds folders (blue, green, red): if these are the classes, name it"
    )
    assert len(read(inner).train)


def test_photos_without_class_folders_are_refused(folder):
    with pytest.raises(
        DataError, match=r"red: has photos but no class folders; put .* labels\.csv"
    ):
        read(folder / "red")


def test_a_folder_of_other_files_is_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match="no readable picture in any class folder; add photos"):
        read(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name / "broken.jpg").write_text("hello")
    with pytest.raises(DataError, match="no readable picture in any class folder; add photos"):
        read(tmp_path)
    (tmp_path / "c").mkdir()
    with pytest.raises(DataError, match="c: has no photos; give a folder with one folder of photo"):
        read(tmp_path / "c")
