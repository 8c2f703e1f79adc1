"""Surveys of made-up pictures, and a folder as people have them."""

from __future__ import annotations

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from train.data.source import pictures_of
from train.inspect.survey import survey


@pytest.fixture
def survey_of():
    """Look at a data set; no label is checked unless asked for."""

    def look(source, size=32, most=0, seed=0):
        return survey(pictures_of(str(source)), str(source), size=size, seed=seed, most=most)

    return look


@pytest.fixture
def with_looks():
    """The survey with some facts of its pictures changed."""

    def change(surveyed, changes):
        looks = list(surveyed.looks)
        for position, facts in changes.items():
            looks[position] = replace(looks[position], **facts)
        return replace(surveyed, looks=tuple(looks))

    return change


@pytest.fixture
def divided(tmp_path, photos):
    """Copies of some photos in the parts that a mapping of classes, such as test/red, counts."""

    def copy(counts):
        folder = tmp_path / "divided"
        for place, count in counts.items():
            (folder / place).mkdir(parents=True)
            for path in sorted((photos / place.split("/")[-1]).iterdir())[:count]:
                shutil.copy(path, folder / place)
        return folder

    return copy


@pytest.fixture
def four_of_one(tmp_path, photos):
    """Two classes, and a picture that stands four times in them, twice in each."""
    folder = shutil.copytree(photos, tmp_path / "four", ignore=shutil.ignore_patterns("blue"))
    for name in ("green/1st.png", "green/2nd.png", "red/1st.png"):
        shutil.copy(photos / "red" / "00.png", folder / name)
    return folder


@pytest.fixture
def nasty(tmp_path, photos):
    """A copy of the photos with one of everything that people have in such folders."""
    folder = shutil.copytree(photos, tmp_path / "Fotos & Müll")
    red, green = folder / "red", folder / "green"
    shutil.copy(red / "00.png", green / "wrong.png")
    shutil.copy(red / "01.png", red / "again.png")
    cv2.imwrite(str(red / "blank.png"), np.full((40, 48, 3), 90, np.uint8))
    squares = np.kron(np.indices((5, 6)).sum(axis=0) % 2, np.ones((8, 8)))[..., None]
    cv2.imwrite(str(red / "dark.png"), np.repeat(10 + 30 * squares, 3, axis=2))
    cv2.imwrite(str(red / "bright.png"), np.repeat(237 + 15 * squares, 3, axis=2))
    cv2.imwrite(str(red / "grey.png"), cv2.imread(str(red / "04.png"), cv2.IMREAD_GRAYSCALE))
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(red / "05.png") as image:
        image.rotate(90, expand=True).save(red / "turned.jpg", exif=exif, quality=95)
        image.rotate(90, expand=True).resize((40, 200)).save(green / "tower.png")
    (red / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (red / "IMG_1.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (folder / "few").mkdir()
    shutil.copy(green / "06.png", folder / "few" / "<b>one & only.png")
    return folder
