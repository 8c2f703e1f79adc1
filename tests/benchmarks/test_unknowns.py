"""benchmarks/hold_out.py and unknowns.py: what is taken out of the classes, and what is caught."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import hold_out, unknowns

REPOSITORY = Path(__file__).resolve().parents[2]


def one_error(capsys):
    """The only line on stderr."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.fixture
def data(tmp_path):
    """Three classes, whose pictures are filled with 10 times their class and their place."""
    y_train, y_test = np.array([0, 1, 2, 2, 1, 0]), np.array([2, 1, 0, 1])
    path = tmp_path / "data.npz"
    np.savez(
        path,
        x_train=pictures(y_train),
        y_train=y_train,
        x_test=pictures(y_test),
        y_test=y_test[:, None],  # as CIFAR-10's are
        labels=np.array(["cat", "dog", "ship"]),
    )
    return path


def pictures(class_ids):
    values = (10 * class_ids + np.arange(len(class_ids))).astype(np.uint8)
    return np.broadcast_to(values[:, None, None, None], (len(values), 4, 4, 3)).copy()


@pytest.fixture
def strange(tmp_path):
    """Pictures of no class of the photos: checks and stripes in all colours."""
    rng = np.random.default_rng(0)
    path = tmp_path / "unknown.npz"
    np.savez(path, pixels=rng.integers(0, 256, (30, 40, 48, 3), np.uint8))
    return path


def test_classes_are_taken_out_and_the_others_numbered_anew(data, tmp_path, capsys):
    output = tmp_path / "out"
    assert hold_out.main([str(data), "dog", "--output", str(output)]) == 0
    known, unknown = np.load(output / "known.npz"), np.load(output / "unknown.npz")
    assert known["labels"].tolist() == ["cat", "ship"]
    assert known["y_train"].tolist() == [0, 1, 1, 0]
    assert known["x_train"][:, 0, 0, 0].tolist() == [0, 22, 23, 5]
    assert known["y_test"].tolist() == [1, 0]
    assert unknown["pixels"][:, 0, 0, 0].tolist() == [11, 13]
    assert unknown["class_ids"].tolist() == [1, 1]
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"--data {output / 'known.npz'}")


@pytest.mark.parametrize(
    "words, code, told",
    [
        (["bird"], 2, "bird: no class of"),
        (["cat", "dog"], 2, "leave two classes or more"),
        (["cat", "--labels", "nowhere.txt"], 1, "nowhere.txt: the labels cannot be read"),
    ],
)
def test_a_split_that_cannot_be_made_is_one_line(words, code, told, data, tmp_path, capsys):
    output = tmp_path / "out"
    assert hold_out.main([str(data), *words, "--output", str(output)]) == code
    assert told in one_error(capsys)
    assert not output.exists()


def test_arrays_of_other_lengths_are_one_line(tmp_path, capsys):
    path = tmp_path / "bad.npz"
    x, y = np.zeros((3, 4, 4, 3), np.uint8), np.array([0, 1])
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
    assert hold_out.main([str(path), "0", "--output", str(tmp_path / "out")]) == 1
    assert "y_train must hold one class a picture" in one_error(capsys)


# Best scores at temperature 1: 0.9, 0.8, 0.5 known, right but for the third; 0.6, 0.4 unknown.
KNOWN = np.array([[0.9, 0.1, 0], [0.1, 0.8, 0.1], [0.5, 0.3, 0.2]], np.float32)
UNKNOWN = np.array([[0.6, 0.2, 0.2], [0.3, 0.4, 0.3]], np.float32)


def test_shares_are_of_the_right_pictures():
    result = unknowns.judge(KNOWN, np.array([0, 1, 2]), UNKNOWN, 1.0, 0.55)
    assert (result["top1"].right, result["top1"].n) == (2, 3)
    assert (result["unknown_caught"].right, result["unknown_caught"].n) == (1, 2)
    assert (result["known_refused"].right, result["known_refused"].n) == (1, 3)
    assert (result["right_refused"].right, result["right_refused"].n) == (0, 2)
    assert (result["wrong_refused"].right, result["wrong_refused"].n) == (1, 1)
    assert result["ece"] == pytest.approx((0.1 + 0.2 + 0.5) / 3, abs=1e-6)
    best = result["rankings"]["best score, as the file gives it"]
    assert best["auroc"].area == pytest.approx(5 / 6)


def test_a_score_on_the_threshold_is_known_as_in_the_app():
    result = unknowns.judge(KNOWN, np.array([0, 1, 2]), UNKNOWN, 1.0, float(np.float32(0.6)))
    assert result["unknown_caught"].right == 1


def test_temperature_comes_before_the_threshold():
    # Logarithms doubled: 0.6 becomes 0.36 of 0.44, which is 0.818; 0.4 becomes 0.16 of 0.34.
    for threshold, expected in ((0.81, 1), (0.83, 2)):
        result = unknowns.judge(KNOWN, np.array([0, 1, 2]), UNKNOWN, 0.5, threshold)
        assert result["unknown_caught"].right == expected


def test_the_command_measures_a_real_file(photos_model, photos_run, strange, tmp_path):
    figures = tmp_path / "figures.json"
    command = [
        *(sys.executable, str(REPOSITORY / "benchmarks/unknowns.py"), "--model", str(photos_model)),
        *("--known", str(photos_run / "test.npz"), "--unknown", str(strange)),
        *("--json", str(figures)),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    record = json.loads(figures.read_text())
    assert record["unknown_caught"]["n"] == 30
    assert record["known_refused"]["n"] == len(np.load(photos_run / "test.npz")["pixels"])
    assert 0 <= record["ece"] <= 1
    assert len(record["rankings"]) == 6
    assert "of unknown pictures" in done.stdout


def test_a_folder_of_pictures_is_taken_too(photos_model, photos_run, photos, capsys):
    known = str(photos_run / "test.npz")
    words = ["--model", str(photos_model), "--known", known, "--unknown", str(photos / "red")]
    assert unknowns.main(words) == 0
    assert "n = 40)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change, told",
    [
        ({"--model": str(REPOSITORY / "tests/edge/models/colours_uint8.tflite")}, "has no card"),
        ({"--known": "nowhere.npz"}, "nowhere.npz: no such file; give the test.npz"),
        ({"--unknown": "nowhere.npz"}, "nowhere.npz: no such file; give the test.npz"),
        ({"--unknown": "empty"}, "empty: holds no pictures"),
        ({"--known": "floats.npz"}, "floats.npz: pixels must be uint8"),
        ({"--known": "tenth.npz"}, "tenth.npz: has class 9, the model knows 0 to 2"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    change, told, photos_model, photos_run, strange, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    part = dict(np.load(photos_run / "test.npz"))
    np.savez("floats.npz", **{**part, "pixels": part["pixels"] / 255})
    np.savez("tenth.npz", **{**part, "class_ids": np.full_like(part["class_ids"], 9)})
    options = {
        "--model": str(photos_model),
        "--known": str(photos_run / "test.npz"),
        "--unknown": str(strange),
        **change,
    }
    assert unknowns.main([word for pair in options.items() for word in pair]) == 1
    assert told in one_error(capsys)
