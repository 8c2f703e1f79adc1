"""train.data.folder: photos of every usual kind become pictures of one size; the rest is listed."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from edge.errors import DataError
from train.data.folder import load_folder


@pytest.fixture
def folder(tmp_path, photos):
    """A copy of the photos that a test may change."""
    return shutil.copytree(photos, tmp_path / "colours")


def read(folder, size=32, seed=0):
    return load_folder(folder, size=size, seed=seed)


def picture(dataset, name):
    """The pixels that came from a file."""
    for part in (dataset.train, dataset.validation, dataset.test):
        if name in part.names:
            return part.pixels[part.names.tolist().index(name)]
    raise AssertionError(f"{name} is in no part")


def test_seven_tenths_train_one_validates_two_judge(photos):
    data = read(photos)
    assert data.labels == ("blue", "green", "red")
    for part, count in ((data.train, 28), (data.validation, 4), (data.test, 8)):
        assert np.bincount(part.class_ids).tolist() == [count] * 3
        assert part.pixels.shape[1:] == (32, 32, 3)
    names = [*data.train.names, *data.validation.names, *data.test.names]
    assert len(set(names)) == 120
    assert all(name.split("/")[0] in data.labels for name in names)


def test_class_and_name_belong_together(photos):
    data = read(photos)
    for part in (data.train, data.validation, data.test):
        for class_id, name in zip(part.class_ids, part.names, strict=True):
            assert data.labels[class_id] == name.split("/")[0]


def test_the_seed_decides_the_split(photos):
    assert read(photos).test.names.tolist() == read(photos).test.names.tolist()
    assert read(photos).test.names.tolist() != read(photos, seed=1).test.names.tolist()


def test_a_picture_is_what_the_device_would_see(folder):
    half = np.zeros((40, 80, 3), np.uint8)
    half[:, :40] = (10, 20, 30)
    half[:, 40:] = (200, 100, 50)
    Image.fromarray(half).save(folder / "red" / "half.png")
    pixels = picture(read(folder), "red/half.png")
    assert pixels[16, 4].tolist() == [10, 20, 30]  # the centre is cut out, nothing is squeezed
    assert pixels[16, 28].tolist() == [200, 100, 50]


def kinds(folder):
    """The same red-above-blue picture in the ways cameras and editors save it."""
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[:20], rgb[20:] = (200, 30, 30), (30, 30, 200)
    image = Image.fromarray(rgb)
    image.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side: turn it clockwise to see it
    image.rotate(90, expand=True).save(folder / "turned.jpg", exif=exif, quality=95)
    image.convert("RGBA").save(folder / "alpha.png")
    cv2.imwrite(str(folder / "sixteen.png"), rgb[:, :, ::-1].astype(np.uint16) * 257)


@pytest.mark.parametrize("name", ["cmyk.jpg", "turned.jpg", "alpha.png", "sixteen.png"])
def test_unusual_pictures_look_as_they_should(folder, name):
    kinds(folder / "red")
    pixels = picture(read(folder), f"red/{name}").astype(int)
    assert np.abs(pixels[6, 16] - (200, 30, 30)).max() < 40
    assert np.abs(pixels[26, 16] - (30, 30, 200)).max() < 40


def test_grey_pictures_become_rgb(folder):
    Image.fromarray(np.full((40, 40), 99, np.uint8)).save(folder / "red" / "grey.png")
    assert (picture(read(folder), "red/grey.png") == 99).all()


def test_see_through_parts_are_white(folder):
    clear = np.zeros((40, 40, 4), np.uint8)
    Image.fromarray(clear).save(folder / "red" / "clear.png")
    assert (picture(read(folder), "red/clear.png") == 255).all()


def test_files_that_cannot_be_used_are_listed_and_left_out(folder):
    photo = folder / "red" / "cut.jpg"
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(photo)
    photo.write_bytes(photo.read_bytes()[:300])
    (folder / "red" / "empty.png").touch()
    (folder / "blue" / "notes.txt").write_text("hello")
    (folder / "blue" / "more").mkdir()
    (folder / "blue" / ".DS_Store").touch()
    data = read(folder)
    assert sum(map(len, (data.train, data.validation, data.test))) == 120
    assert len(data.skipped) == 4
    told = "\n".join(data.skipped)
    for name in ("cut.jpg", "empty.png", "notes.txt", "more"):
        assert f"{name}: " in told


def test_hidden_folders_are_no_classes(folder):
    (folder / ".cache").mkdir()
    (folder / "notes.txt").write_text("hello")
    assert read(folder).labels == ("blue", "green", "red")


def test_one_class_is_refused(folder):
    shutil.rmtree(folder / "red")
    shutil.rmtree(folder / "green")
    with pytest.raises(DataError, match=r"colours: has 1 class folder\(s\); .* two or more"):
        read(folder)


def test_an_empty_class_is_refused_by_name(folder):
    (folder / "white").mkdir()
    with pytest.raises(DataError, match=r"white: has 0 readable picture\(s\); add photos"):
        read(folder)


def test_a_folder_of_other_files_is_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match="no readable picture in any class folder; add photos"):
        read(tmp_path)
