"""python -m train.augment: a sheet of real pictures, and one line for whatever is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import train.augment.__main__ as under_test
from train.augment.__main__ import main
from train.augment.policy import POLICIES, Policy
from train.augment.sheet import EPOCHS, draw_sheet

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_sheet_of_digits(digits, tmp_path, capsys, suffix):
    out = tmp_path / "new folder" / f"sheet{suffix}"
    options = ["--augment", "digits", "--noise", "8", "--count", "3", "--mixup", "0.2"]
    assert main(["--data", str(digits), "--out", str(out), *options]) == 0
    sheet = cv2.imread(str(out))
    rows = 3 + len(POLICIES["digits"].active()) + 2  # pictures, changes, noise and mixup
    assert sheet.shape[0] > rows * 160
    assert str(out) in capsys.readouterr().out


def test_a_sheet_of_photos_in_colour(photos, tmp_path):
    out = tmp_path / "sheet.png"
    assert main(["--data", str(photos), "--out", str(out), "--augment", "camera"]) == 0
    assert np.ptp(cv2.imread(str(out)).astype(int), axis=2).max() > 50


def test_grey_pictures_are_shown_as_they_would_be_trained(digits, tmp_path, capsys):
    assert main(["--data", str(digits), "--out", str(tmp_path / "sheet.png")]) == 0
    told = capsys.readouterr().out
    assert told.startswith(POLICIES["digits"].summary())
    assert "flip" not in told


def test_arrays_stay_at_their_size(digits, tmp_path, monkeypatch):
    sides = []

    def look(pixels, *others):
        sides.append(pixels.shape[1:3])
        return draw_sheet(pixels, *others)

    monkeypatch.setattr(under_test, "draw_sheet", look)
    assert main(["--data", str(digits), "--out", str(tmp_path / "sheet.png")]) == 0
    with np.load(digits) as arrays:
        assert sides == [arrays["x_train"].shape[1:3]]


def test_the_first_column_is_the_picture_as_it_is():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 160, 160, 3), np.uint8)
    sheet = draw_sheet(pixels, ["one", "two"], Policy(erase=8))
    for picture in pixels:
        assert found(sheet, picture) >= 1
    unchanged = draw_sheet(pixels, ["one", "two"], Policy())
    assert found(unchanged, pixels[0]) == 1 + EPOCHS


def words_of(name):
    """The sheet's pixels left of the pictures of a class called ``name``."""
    return draw_sheet(np.zeros((1, 160, 160, 3), np.uint8), [name], Policy())[44:, :330]


def test_names_of_any_alphabet_are_drawn():
    assert (words_of("Käse") != words_of("Kase")).any(), "with its accent"
    assert (words_of("металл") != words_of("дерево")).any(), "not as question marks"


def test_a_long_name_stays_left_of_the_pictures_and_keeps_its_start():
    words, longer = words_of("long " * 60), words_of("long " * 90)
    assert (words == longer).all()
    assert (words[:, 322:] == words[0, 0]).all()
    assert (words_of("two\nlines") == words_of("two lines")).all()


def found(sheet, picture):
    """How often the picture stands in the sheet, pixel by pixel."""
    first = np.argwhere((sheet == picture[0, 0]).all(2))
    side = len(picture)
    return sum(np.array_equal(sheet[y : y + side, x : x + side], picture) for y, x in first)


@pytest.mark.parametrize(
    "options, fault",
    [
        (["--out", "sheet.gif"], "no picture format"),
        (["--out", "sheet"], "no picture format"),
        (["--count", "0"], "--count: must be from 1"),
        (["--seed", "-1"], "--seed: must be from 0"),
        (["--size", "0"], "--size: must be from 1 to 2048"),
        (["--size", "100000"], "--size: must be from 1 to 2048"),
        (["--noise", "1000"], "--noise: must be a number from 0 to 128"),
        (["--data", "nowhere"], "nowhere: no such file or folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_in_one_line(digits, tmp_path, monkeypatch, capsys, options, fault):
    monkeypatch.chdir(tmp_path)
    assert main(["--data", str(digits), "--out", "sheet.png", *options]) in (1, 2)
    error = capsys.readouterr().err
    assert fault in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_sheet(tmp_path, capsys):
    (tmp_path / "sheet.png").mkdir()
    assert main(["--out", str(tmp_path / "sheet.png")]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_the_libraries_start_in_silence(digits, tmp_path):
    command = [sys.executable, "-m", "train.augment", "--data", str(digits), "--out", "sheet.png"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
