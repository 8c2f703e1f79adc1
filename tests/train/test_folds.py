"""python -m train --folds: a run folder a fold, a summary, and going on after Ctrl-C."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from edge.errors import DataError
from tests.train.material import stop_after
from train.__main__ import main
from train.folds import newest_unfinished

OPTIONS = [
    *("--architecture", "digits-cnn", "--widths", "4,8", "--dense", "none", "--folds", "3"),
    *("--epochs", "2", "--precision", "float32", "--seed", "1"),
]


@pytest.fixture(scope="module")
def few(digits, tmp_path_factory):
    """Of 150 digits, each in exactly one fold's test part."""
    with np.load(digits) as arrays:
        few = {name: arrays[name][:75] for name in arrays.files}
    path = tmp_path_factory.mktemp("folds") / "few.npz"
    np.savez(path, **few)
    return path


@pytest.fixture(scope="module")
def series(few, tmp_path_factory):
    """The folder of three folds, stopped in the first epoch but one and resumed."""
    runs = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, epochs=1)
        assert main(["--data", str(few), "--runs", str(runs), *OPTIONS]) == 130
    (folder,) = runs.iterdir()
    assert main(["--resume", "--runs", str(runs)]) == 0
    return folder


def test_the_newest_unfinished_run_or_series_is_found(tmp_path):
    with pytest.raises(DataError, match="no unfinished run to resume; start one with"):
        newest_unfinished(tmp_path)
    runs = (
        *(("1", "run.json", False, True), ("2", "run.json", False, True)),
        *(("3", "run.json", True, True), ("4", "run.json", False, False)),
    )
    for name, file, finished, has_checkpoint in runs:
        begun(tmp_path / name, file, finished=finished)
        if has_checkpoint:
            (tmp_path / name / "checkpoint.npz").touch()
    assert newest_unfinished(tmp_path) == tmp_path / "2"
    begun(tmp_path / "5", "summary.json", finished=False)
    begun(tmp_path / "6", "summary.json", finished=True)
    assert newest_unfinished(tmp_path) == tmp_path / "5"


def begun(folder, file, *, finished):
    folder.mkdir()
    (folder / file).write_text(json.dumps({"format": 1, "finished": finished}))


def test_every_picture_is_tested_once(series):
    tested = []
    for number in (1, 2, 3):
        split = json.loads((series / f"fold{number}" / "split.json").read_text())
        assert not set(split["test"]) & {*split["train"], *split["validation"]}
        tested += split["test"]
    assert len(set(tested)) == len(tested) == 150


def test_the_summary_agrees_with_the_runs(series):
    summary = json.loads((series / "summary.json").read_text())
    assert summary["finished"]
    accuracies = []
    for row in summary["rows"]:
        record = json.loads((series / row["run"] / "run.json").read_text())
        assert record["finished"] and record["progress"]["epoch"] == 2
        assert row["accuracy"] == record["results"]["float"]["top1"]
        accuracies.append(row["accuracy"])
    assert len(accuracies) == 3
    assert summary["accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
    assert summary["accuracy"]["std"] == pytest.approx(np.std(accuracies, ddof=1))
    recalls = [row["macro_recall"] for row in summary["rows"]]
    assert summary["macro_recall"]["mean"] == pytest.approx(np.mean(recalls))


def test_a_finished_series_prints_its_table_again(series, capsys):
    assert main(["--resume", str(series)]) == 0
    out = capsys.readouterr().out
    assert "macro recall" in out and "spread" in out and "Epoch" not in out
    summary = json.loads((series / "summary.json").read_text())
    assert f"{summary['accuracy']['mean']:.2%}" in out


def test_an_interrupted_series_says_how_to_go_on(few, tmp_path, monkeypatch, capsys):
    stop_after(monkeypatch, epochs=1)
    assert main(["--data", str(few), "--runs", str(tmp_path), *OPTIONS]) == 130
    (folder,) = tmp_path.iterdir()
    assert folder.name.endswith("few-3-folds")
    err = capsys.readouterr().err
    assert "stopped in fold 1 of 3" in err
    assert f"Go on with: python -m train --resume {folder}" in err


def test_folds_that_cannot_be_made_leave_no_folder(few, tmp_path, capsys):
    options = ["1000" if option == "3" else option for option in OPTIONS]
    assert main(["--data", str(few), "--runs", str(tmp_path), *options]) == 2
    assert "--folds 1000: must be from 2 to" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_fold_whose_data_changed_is_refused(series, few, tmp_path, capsys):
    copy = shutil.copytree(series, tmp_path / "series")
    record = json.loads((copy / "fold1" / "run.json").read_text())
    record["data"]["sha256"] = "0" * 64
    (copy / "fold1" / "run.json").write_text(json.dumps(record))
    assert main(["--resume", str(copy)]) == 1
    assert "its data set few has changed since the run began" in capsys.readouterr().err


def test_a_resumed_fold_keeps_the_command_that_began_it(series):
    for number in (1, 2, 3):
        command = json.loads((series / f"fold{number}" / "run.json").read_text())["command"]
        assert "--folds" in command and "--resume" not in command
