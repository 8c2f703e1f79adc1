"""python -m train: its answers to good and bad requests, Ctrl-C, and going on."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.errors import OutputError
from tests.train.material import stop_after
from train.__main__ import main

REPOSITORY = Path(__file__).resolve().parents[2]


def environment(**changes):
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1", **changes}


def one_error(capsys):
    """The only line on stderr."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def test_a_run_prints_what_it_did(digits, quick, tmp_path, capsys):
    options = ["--data", str(digits), "--runs", str(tmp_path), *quick, "--epochs", "1"]
    assert main(options) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (run,) = tmp_path.iterdir()
    result = json.loads((run / "run.json").read_text())["results"]["float"]
    assert "10 classes, 1,260 training, 140 validation, 397 test pictures of 32x32x1" in out
    assert "1 epochs of batches of 50, float32, seed 0" in out
    assert f"float accuracy on digits's test pictures: {result['top1']:.2%}" in out
    assert out.splitlines()[-1] == f"next: python -m convert.quantize --run {run}"


def test_labels_from_a_file_name_the_classes(digits, quick, tmp_path):
    words = "zero one two three four five six seven eight nine"
    (tmp_path / "words.txt").write_text(words.replace(" ", "\n"))
    options = ["--data", str(digits), "--runs", str(tmp_path / "runs"), *quick, "--epochs", "1"]
    assert main([*options, "--labels", str(tmp_path / "words.txt")]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert (run / "labels.txt").read_text().split() == words.split()


def test_skipped_photos_are_warned_of(photos, quick, tmp_path, capsys):
    folder = shutil.copytree(photos, tmp_path / "colours")
    cut = folder / "red" / "00.png"
    cut.write_bytes(cut.read_bytes()[:-20])
    options = ["--data", str(folder), "--size", "16", "--runs", str(tmp_path / "runs"), *quick]
    assert main([*options, "--epochs", "1"]) == 0
    assert f"warning: {cut}: the picture is cut short" in capsys.readouterr().err
    (run,) = (tmp_path / "runs").iterdir()
    assert f"{cut}: the picture is cut short" in (run / "report.html").read_text()


@pytest.mark.parametrize(
    "options, fault",
    [
        pytest.param("--data nowhere", "nowhere: no such file or folder; give", id="missing"),
        pytest.param("--data nowhere.npz", "nowhere.npz: no such file; save it", id="no npz"),
        pytest.param("--data text.npz", "text.npz: not a readable .npz file", id="not an npz"),
        pytest.param("--data one", "1 class(es) with training pictures; a", id="one class"),
        pytest.param("--data hollow", "1 class(es) with training pictures; a", id="empty class"),
        pytest.param("--data notes", "no readable picture in any class folder", id="non-images"),
        pytest.param("--data DIGITS --labels gone.txt", "gone.txt: the labels cannot", id="labels"),
        pytest.param("--data DIGITS --labels two.txt", "2 names for 10 classes", id="too few"),
        pytest.param("--data DIGITS --labels binary", "binary: the labels cannot", id="no text"),
        pytest.param("--data DIGITS --runs file/runs", "cannot be made", id="unwritable"),
        pytest.param("--data DIGITS --widths 8,8,8,8,8", "32x32 pixels are too few", id="deep"),
        pytest.param("--data good --size 8", "8x8 pixels are too few for 3 stages", id="small"),
        pytest.param(
            "--architecture mobilenet-v2 --data good --size 31",
            "31x31 pixels are too few for mobilenet-v2; give 32",
            id="small for a backbone",
        ),
        pytest.param(
            "--architecture mobilenet-v2 --data DIGITS",
            "grey pictures, but mobilenet-v2 learned from colour",
            id="grey",
        ),
        pytest.param(
            "--architecture mobilenet-v2 --data good --size 32 --weights gone.h5",
            "gone.h5: no such file; name one with weights of mobilenet-v2 at alpha 0.35",
            id="no weights",
        ),
        pytest.param("--recipe gone.json", "gone.json: cannot be read", id="no recipe"),
        pytest.param("--recipe text.npz", "text.npz: cannot be read", id="not a recipe"),
        pytest.param("--data=", "--data: is empty; give a folder", id="no data"),
        pytest.param("--resume nowhere", "run.json: cannot be read", id="no such run"),
        pytest.param("--resume", "runs: no unfinished run to resume; start", id="no run at all"),
    ],
)
def test_bad_input_is_one_line(options, fault, digits, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("text.npz").write_text("hello")
    Path("two.txt").write_text("a\nb\n")
    Path("binary").write_bytes(b"\xff\xfe\xfa")
    Path("file").touch()
    shutil.copytree(photos, "good")
    for name in ("one/a", "hollow/a", "hollow/b", "notes/a", "notes/b"):
        Path(name).mkdir(parents=True)
    for folder in ("one/a", "hollow/a"):
        shutil.copytree(photos / "red", folder, dirs_exist_ok=True)
    Path("notes/a/x.txt").write_text("hello")
    assert main(options.replace("DIGITS", str(digits)).split()) == 1
    *before, error = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ") and fault in error
    assert all(line.startswith("warning: ") for line in before)
    assert not [path for path in Path().glob("runs/*") if path.name != "file"]


@pytest.mark.parametrize(
    "options, named",
    [
        ("--epochs 0", "--epochs: must be 1 or more for whitened"),
        ("--learning-rate nan", "--learning-rate: must be a number above 0"),
        ("--erase 40", "--erase: must be a whole number from 0 to 31"),
        (f"--seed {2**32}", "--seed: must be from 0 to 4294967295"),
        ("--l2 1e300", "--l2: must be from 0 to 1"),
        ("--weight-decay 2", "--weight-decay: must be from 0 to 1"),
        ("--seed -1", "--seed: must be from 0 to 4294967295"),
        ("--size 0", "--size: must be from 1 to 2048 pixels"),
        ("--data DIGITS --size 100000", "--size: must be from 1 to 2048 pixels"),
        ("--data DIGITS --widths 1000000", "--widths: needs numbers from 1 to 2048"),
        (
            "--data DIGITS --architecture compact --widths 100000,100000,100000",
            "--widths: needs numbers from 1 to 2048",
        ),
        (
            "--architecture whitened --weights imagenet",
            "--weights: means nothing to --architecture whitened; it is for",
        ),
        (
            "--architecture whitened --alpha 0.5",
            "--alpha: means nothing to --architecture whitened",
        ),
        ("--architecture efficientnet-lite0 --alpha 0.5", "--alpha: means nothing to"),
        ("--architecture mobilenet-v2 --widths 8,8", "--widths: means nothing to"),
        ("--architecture mobilenet-v2 --epochs -1", "--epochs: must be 0 or more"),
        ("--preset photos --architecture whitened", "--architecture: recipe photos is for"),
        ("--preset photos --depth 2", "--depth: means nothing to --architecture efficientnet"),
        ("--optimizer adam --weight-decay 1", "--weight-decay: adam has none"),
        ("--dropout 0.5", "--dropout: whitened has none"),
        ("--folds 1 --data DIGITS", "--folds: must be 2 or more"),
    ],
)
def test_wrong_numbers_are_wrong_usage(options, named, digits, capsys):
    assert main(options.replace("DIGITS", str(digits)).split()) == 2
    assert named in one_error(capsys)


@pytest.mark.parametrize(
    "options", ["--widths 8,x", "--precision float64", "--epochs many", "--alpha 0.4"]
)
def test_wrong_words_are_wrong_usage(options, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(options.split())
    assert exit_.value.code == 2
    assert f"argument {options.split()[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("options", ["--epochs 40", "--data mnist", "--flip vertical"])
def test_options_beside_resume_would_change_nothing(options, digits_run, capsys):
    assert main(["--resume", str(digits_run), *options.split()]) == 2
    assert f"{options.split()[0]}: means nothing beside --resume" in one_error(capsys)


def test_a_finished_run_is_not_resumed(digits_run, capsys):
    assert main(["--resume", str(digits_run)]) == 2
    assert "this run is finished" in one_error(capsys)


def test_without_network_cifar10_ends_in_one_line(tmp_path):
    try:
        socket.create_connection(("www.cs.toronto.edu", 443), timeout=5).close()
    except OSError:
        pass
    else:
        pytest.skip("a network is there")
    done = subprocess.run(
        [sys.executable, "-m", "train", "--data", "cifar10"],
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path), KERAS_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert re.fullmatch(r"error: cifar10: cannot be downloaded .*--data FILE\.npz.*\n", done.stderr)
    assert not (tmp_path / "runs").exists()


def test_the_libraries_start_in_silence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "train", "--data", "nowhere"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {tmp_path / 'nowhere'}: no such file or folder")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_keeps_the_best_and_resume_finishes(digits, quick, tmp_path):
    command = [sys.executable, "-m", "train", "--data", str(digits), *quick, "--epochs", "3"]
    training = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A background job's children ignore Ctrl-C, and the tests may run as one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for line in training.stdout:
        if line.startswith("Epoch 2/3"):
            training.send_signal(signal.SIGINT)
            break
    _, err = training.communicate(timeout=60)
    assert training.returncode == 130, err
    (run,) = (tmp_path / "runs").iterdir()
    relative = run.relative_to(tmp_path)
    assert f"stopped after epoch 1. Best so far: {relative / 'model.keras'}" in err
    assert f"Go on with: python -m train --resume {relative}" in err
    assert "Traceback" not in err
    assert (run / "model.keras").exists()
    record = json.loads((run / "run.json").read_text())
    assert (record["finished"], record["progress"]["epoch"]) == (False, 1)

    resumed = subprocess.run(
        [sys.executable, "-m", "train", "--resume", str(relative)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert (resumed.returncode, resumed.stderr) == (0, "")
    assert "going on after epoch 1 of 3" in resumed.stdout
    assert "Epoch 2/3" in resumed.stdout and "Epoch 1/3" not in resumed.stdout
    record = json.loads((run / "run.json").read_text())
    assert (record["finished"], record["progress"]["epoch"]) == (True, 3)
    assert record["results"]["float"]["top1"] > 0.9


def test_resume_refuses_other_data(digits, quick, tmp_path, monkeypatch, capsys):
    data = tmp_path / "digits.npz"
    shutil.copy(digits, data)
    stop_after(monkeypatch, epochs=1)
    options = ["--data", str(data), "--runs", str(tmp_path / "runs"), *quick]
    assert main(options) == 130
    capsys.readouterr()
    with np.load(data) as arrays:
        changed = {name: arrays[name].copy() for name in arrays.files}
    changed["x_train"][0] ^= 255
    np.savez(data, **changed)
    assert main(["--runs", str(tmp_path / "runs"), "--resume"]) == 1
    assert "its data set digits has changed since the run began" in one_error(capsys)


@pytest.fixture
def small_disk(tmp_path):
    """A function that gives an empty disk of so many kilobytes."""
    mounted = []

    def make(kilobytes):
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            pytest.skip("only root may mount a small disk")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_fills_up_leaves_the_last_checkpoint(
    small_disk, digits, quick, monkeypatch, capsys
):
    disk = small_disk(8000)
    options = ["--data", str(digits), "--runs", str(disk / "runs"), *quick, "--widths", "8,8"]
    with monkeypatch.context() as patch:
        stop_after(patch, epochs=1)
        assert main(options) == 130
    capsys.readouterr()
    (run,) = (disk / "runs").iterdir()
    before = (run / "checkpoint.npz").read_bytes()
    fill(disk / "photos.zip", leaving=20_000)
    assert main(["--resume", str(run)]) == 1
    told = one_error(capsys)
    assert "cannot be written (No space left on device); free some space" in told
    assert told.endswith(f"the last good checkpoint is kept: python -m train --resume {run}")
    assert (run / "checkpoint.npz").read_bytes() == before
    (disk / "photos.zip").unlink()
    assert main(["--resume", str(run)]) == 0
    assert json.loads((run / "run.json").read_text())["progress"]["epoch"] == 2


def test_a_disk_that_is_full_for_the_report_leaves_the_checkpoint(
    tmp_path, digits, quick, monkeypatch, capsys
):
    def no_space(*_):
        raise OutputError("report.html: cannot be written (No space left on device)")

    options = ["--data", str(digits), "--runs", str(tmp_path), *quick, "--epochs", "1"]
    with monkeypatch.context() as patch:
        patch.setattr("train.training.write_report", no_space)
        assert main(options) == 1
    (run,) = tmp_path.iterdir()
    assert one_error(capsys).endswith(f"checkpoint is kept: python -m train --resume {run}")
    assert main(["--resume", str(run)]) == 0
    assert (run / "report.html").exists()


def fill(path, leaving):
    """A file that takes all of the disk but ``leaving`` bytes."""
    free = shutil.disk_usage(path.parent).free
    path.write_bytes(bytes(free - leaving))


@pytest.mark.parametrize("kilobytes", [100, 1800], ids=["for the data", "for the model"])
def test_a_full_disk_is_one_line(kilobytes, small_disk, digits, quick, capsys):
    disk = small_disk(kilobytes)
    assert main(["--data", str(digits), "--runs", str(disk / "runs"), *quick]) == 1
    assert "cannot be written (No space left on device)" in one_error(capsys)
    (run,) = (disk / "runs").iterdir()
    assert not [path.name for path in run.iterdir() if path.name.startswith(".")]
    assert (run / "test.npz").exists() == (kilobytes == 1800)
    assert not (run / "report.html").exists()
