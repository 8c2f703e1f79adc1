"""train.run_folder: what a training leaves behind, and what is said when it is not there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edge.board import machine_name
from edge.errors import DataError, OutputError
from train.run_folder import RunFolder


def names(path):
    with np.load(path) as archive:
        return archive["names"].tolist()


def test_the_record_tells_how_the_run_was_made(digits_run, digits, quick):
    record = RunFolder(digits_run).read()
    assert record["finished"] is True
    assert record["command"][:5] == ["python", "-m", "train", "--data", str(digits)]
    assert record["options"]["data"] == str(digits)
    assert (record["options"]["seed"], record["options"]["precision"]) == (0, "float32")
    assert record["recipe"]["network"]["widths"] == [16, 32, 32]
    assert record["progress"]["epoch"] == len(record["progress"]["history"]) == 2
    assert record["software"].keys() == {"commit", "sha256"}
    assert len(record["software"]["sha256"]) == 64
    assert record["machine"] == machine_name()
    assert record["tools"].keys() == {"python", "tensorflow", "keras", "numpy", "opencv"}
    cost = record["cost"]
    assert cost["seconds"] == pytest.approx(record["progress"]["seconds"], abs=0.01)
    assert cost["cpu_seconds"] > 0 and cost["peak_memory_mb"] > 100  # TensorFlow alone is more
    result = record["results"]["float"]
    assert result["n"] == record["data"]["test"] == 397
    assert result["ci95"][0] < result["top1"] < result["ci95"][1]
    assert len(result["recall"]) == 10


def test_the_split_names_every_picture_once(digits_run):
    split = json.loads((digits_run / "split.json").read_text())
    everything = [*split["train"], *split["validation"], *split["test"]]
    assert len(set(everything)) == len(everything) == 1797
    assert names(digits_run / "validation.npz") == split["validation"]
    assert names(digits_run / "test.npz") == split["test"]


def test_calibration_pictures_are_training_pictures(digits_run):
    split = json.loads((digits_run / "split.json").read_text())
    pool = names(digits_run / "calibration.npz")
    assert len(set(pool)) == len(pool) == 1000
    assert set(pool) <= set(split["train"])
    assert not set(pool) & {*split["validation"], *split["test"]}
    with np.load(digits_run / "calibration.npz") as archive:
        counts = np.bincount(archive["class_ids"])
    assert counts.max() - counts.min() <= 1


def test_a_finished_run_keeps_no_checkpoint(digits_run):
    assert not RunFolder(digits_run).checkpoint.exists()
    assert not [path.name for path in digits_run.iterdir() if path.name.startswith(".")]


def test_labels_are_written_as_utf8(photos_run):
    assert (photos_run / "labels.txt").read_bytes() == b"blue\ngreen\nred\n"


def test_runs_of_the_same_second_get_folders_of_their_own(tmp_path):
    made = [RunFolder.create(tmp_path / "runs", "digits").path for _ in range(3)]
    assert len(set(made)) == 3
    assert all(path.is_dir() for path in made)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot be made .*; choose another place with --runs"):
        RunFolder.create(tmp_path / "file" / "runs", "digits")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"format": 99}'])
def test_a_damaged_record_is_told(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataError, match=r"run\.json: .*; (name a folder|train again)"):
        RunFolder(tmp_path).read()
