"""convert.run: a run folder as python -m train left it, whole or damaged."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from convert.run import Run
from edge.errors import EdgeError
from edge.preprocess import FrameToInput


@pytest.fixture
def run(digits_run, tmp_path):
    """A copy of the run folder that a test may damage."""
    return shutil.copytree(digits_run, tmp_path / "run")


def test_what_train_wrote_is_read_back(digits_run, digits):
    run = Run.open(digits_run)
    assert run.labels == tuple("0123456789")
    assert run.spec == FrameToInput(width=32, height=32, channels=1)
    test = run.pictures("test")
    with np.load(digits) as arrays:
        assert np.array_equal(test.pixels[..., 0], arrays["x_test"].reshape(-1, 32, 32))
        assert np.array_equal(test.class_ids, arrays["y_test"])
    assert test.names[:2].tolist() == ["x_test[0]", "x_test[1]"]


def test_the_newest_finished_run_is_taken(run, tmp_path):
    runs = tmp_path / "runs"
    for name, changes in (
        ("20260101-a", {}),
        ("20260102-b", {}),
        ("20260103-c", {"finished": False}),
    ):
        copy = shutil.copytree(run, runs / name)
        record = json.loads((copy / "run.json").read_text())
        (copy / "run.json").write_text(json.dumps({**record, **changes}))
    shutil.copytree(run, runs / "20260104-d")
    (runs / "20260104-d" / "model.keras").unlink()
    assert Run.newest(runs).path == runs / "20260102-b"


def damage(run, kind):
    match kind:
        case "no folder":
            shutil.rmtree(run)
        case "no record":
            (run / "run.json").unlink()
        case "record cut short":
            (run / "run.json").write_text((run / "run.json").read_text()[:50])
        case "record of another format":
            (run / "run.json").write_text('{"format": 99}')
        case "no model":
            (run / "model.keras").unlink()
        case "no labels":
            (run / "labels.txt").unlink()
        case "labels are no text":
            (run / "labels.txt").write_bytes(b"\xff\xfe\xfa")
        case "pictures cut short":
            data = (run / "test.npz").read_bytes()
            (run / "test.npz").write_bytes(data[: len(data) // 2])
        case "pictures missing":
            (run / "test.npz").unlink()
        case "no pictures":
            empty = np.zeros((0, 32, 32, 1), np.uint8)
            none = np.zeros(0, np.int64)
            np.savez(run / "test.npz", pixels=empty, class_ids=none, names=none)


@pytest.mark.parametrize(
    "kind, told",
    [
        ("no folder", r"run: no such run folder; train one with python -m train"),
        ("no record", r"run\.json: cannot be read .*; name a folder that"),
        ("record cut short", r"run\.json: cannot be read .*; name a folder that"),
        ("record of another format", r"run\.json: not a record this software reads; train again"),
        ("no model", r"model\.keras: not there yet; finish the run with .*--resume"),
        ("no labels", r"labels\.txt: the labels cannot be read"),
        ("labels are no text", r"labels\.txt: the labels cannot be read"),
        ("pictures cut short", r"test\.npz: not a readable \.npz file .*; copy the run folder"),
        ("pictures missing", r"test\.npz: no such file; copy the run folder again"),
        ("no pictures", r"test\.npz: holds no pictures; train again"),
    ],
)
def test_damage_is_told_with_file_and_remedy(run, kind, told):
    damage(run, kind)
    with pytest.raises(EdgeError, match=told):
        Run.open(run).pictures("test")


def test_without_any_run_the_command_is_named(tmp_path):
    with pytest.raises(EdgeError, match="no finished run in it; train one with python -m train"):
        Run.newest(tmp_path)
