"""train.inspect.survey: every picture is looked at once, and its facts are right."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from edge.errors import DataError


def look(surveyed, name):
    return next(look for look in surveyed.looks if look.name == name)


def test_facts_of_a_file(nasty, survey_of):
    surveyed = survey_of(nasty)
    turned = look(surveyed, "red/turned.jpg")
    assert (turned.kind, turned.orientation) == ("JPEG", 6)
    assert (turned.width, turned.height) == (48, 40)  # upright
    plain = look(surveyed, "red/05.png")
    assert (plain.kind, plain.orientation, plain.is_grey) == ("PNG", 1, False)
    assert look(surveyed, "red/grey.png").is_grey
    assert surveyed.counts.sum() == len(surveyed.looks) == 129
    assert any("broken.jpg" in line for line in surveyed.skipped)
    assert any("HEIC" in line for line in surveyed.skipped)


def test_a_large_camera_s_picture_is_no_attack(tmp_path, survey_of, recwarn):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        cv2.imwrite(str(tmp_path / label / "small.png"), np.zeros((8, 8), np.uint8))
    cv2.imwrite(str(tmp_path / "a" / "large.jpg"), np.zeros((9_000, 10_000), np.uint8))
    surveyed = survey_of(tmp_path)
    assert (look(surveyed, "a/large.jpg").kind, surveyed.skipped) == ("JPEG", ())
    assert not recwarn.list


def test_a_green_cap_is_colour(tmp_path, survey_of):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        white = np.full((64, 64, 3), 230, np.uint8)
        cv2.imwrite(str(tmp_path / label / "white.png"), white)
        white[30:36, 30:36] = (40, 160, 40)
        cv2.imwrite(str(tmp_path / label / "cap.png"), white)
    assert [look.is_grey for look in survey_of(tmp_path).looks] == [False, True] * 2


def test_light_and_contrast_are_those_of_what_the_network_sees(tmp_path, survey_of):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        halves = np.zeros((32, 64, 3), np.uint8)
        halves[:, 32:] = 200  # the middle square is half black, half 200
        halves[:, :16] = halves[:, 48:] = 90  # cut away
        cv2.imwrite(str(tmp_path / label / "1.png"), halves)
    seen = survey_of(tmp_path).looks[0]
    assert (seen.dark_level, seen.bright_level, seen.contrast) == (200, 0, 100)


def test_tiles_show_the_whole_picture(nasty, survey_of):
    surveyed = survey_of(nasty)
    for tile, seen in zip(surveyed.tiles, surveyed.looks, strict=True):
        with Image.open(io.BytesIO(tile)) as image:
            ratio = image.width / image.height
        assert ratio == pytest.approx(seen.width / seen.height, rel=0.05)


def test_arrays_have_parts_and_no_files(digits, survey_of):
    surveyed = survey_of(digits)
    assert len(surveyed.looks) == 1797
    assert {seen.part for seen in surveyed.looks} == {"train", "test"}
    assert surveyed.is_drawn and not surveyed.is_folder


def test_as_many_are_described_as_asked_for(digits, survey_of):
    surveyed = survey_of(digits, most=100)
    assert surveyed.features.shape == (100, 1764)
    assert (np.diff(surveyed.described) > 0).all()
    assert survey_of(digits, most=100).described.tolist() == surveyed.described.tolist()
    assert survey_of(digits, most=100, seed=1).described.tolist() != surveyed.described.tolist()


def test_a_folder_of_broken_files_is_told(tmp_path, survey_of):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.jpg").write_bytes(b"")
    with pytest.raises(DataError, match="no readable picture"):
        survey_of(tmp_path)
