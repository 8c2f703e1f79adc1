"""python -m convert.quantize: one proven file, or one line on why not."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import keras
import numpy as np
import pytest

from benchmarks.breakers import one_huge_channel
from convert.proof.scoring import scores_of
from convert.quantize import main
from convert.rescue.fold import fold
from convert.run import Run
from edge.card import read_card, read_labels
from edge.classifier import Classifier

REPOSITORY = Path(__file__).resolve().parents[2]


def one_error(capsys):
    """The only line on stderr, but for doubts about the pictures."""
    lines = capsys.readouterr().err.splitlines()
    errors = [line for line in lines if not line.startswith("warning: ")]
    assert len(errors) == 1, lines
    assert errors[0].startswith("error: ")
    return errors[0]


@pytest.fixture
def run(digits_run, tmp_path):
    """A copy of the run folder that a test may damage."""
    return shutil.copytree(digits_run, tmp_path / "run")


def test_the_file_says_how_it_was_made_and_measured(digits_model, digits_run):
    card = read_card(digits_model)
    record = json.loads((digits_run / "run.json").read_text())
    assert read_labels(digits_model) == tuple("0123456789")
    assert (card.crop, card.interpolation) == ("center", "area")
    assert 0.05 < card.temperature < 10
    assert 0 < card.unknown_threshold < 1
    facts = card.facts
    assert facts["training"]["data"] == record["data"]
    assert facts["training"]["seed"] == 0
    assert facts["calibration"]["n"] == 200
    assert set(facts["calibration"]["by_class"].values()) == {20}
    assert facts["bias_correction"]["pictures"] == 50
    assert facts["bias_correction"]["layers"] > 5 and "fault" not in facts["bias_correction"]
    assert (
        facts["float_model_sha256"] == sha256((digits_run / "model.keras").read_bytes()).hexdigest()
    )
    assert sum(facts["profile"]["class_share"].values()) == pytest.approx(1, abs=0.001)
    assert facts["tools"].keys() == {"python", "tensorflow", "keras", "numpy"}


def test_its_accuracy_is_what_the_device_measures(digits_model, digits_run):
    test = Run.open(digits_run).pictures("test")
    classifier = Classifier(digits_model)
    answers = [int(classifier.classify(frame, 1).top[0].label) for frame in test.pixels]
    accuracy = read_card(digits_model).facts["accuracy"]
    assert accuracy["int8"]["top1"] == pytest.approx(np.mean(answers == test.class_ids), abs=1e-6)
    assert accuracy["float"]["top1"] > 0.9
    assert accuracy["drop_points"] < 3
    assert accuracy["agreement"]["top1"] > 0.95
    assert accuracy["int8_bytes"] < 0.6 * accuracy["float_bytes"]


@pytest.mark.parametrize("io", ["int8", "float32"])
def test_other_types_give_the_same_labels(io, digits_model, digits_run, tmp_path, quick_conversion):
    path = tmp_path / f"{io}.tflite"
    options = ["--run", str(digits_run), "--output", str(path), *quick_conversion, "--io", io]
    assert main(options) == 0
    usual, other = Classifier(digits_model), Classifier(path)
    frames = Run.open(digits_run).pictures("test").pixels[:100]
    labels = [[c.classify(frame, 1).top[0].label for frame in frames] for c in (usual, other)]
    assert labels[0] == labels[1]


def test_corrected_biases_bring_the_scores_closer_to_float32(
    digits_files, digits_run, tmp_path, capsys, quick_conversion
):
    path = tmp_path / "plain.tflite"
    options = ["--run", str(digits_run), "--output", str(path), *quick_conversion]
    assert main([*options, "--no-bias-correction"]) == 0
    assert "biases of" not in capsys.readouterr().out
    assert "bias_correction" not in read_card(path).facts
    frames = Run.open(digits_run).pictures("test").pixels
    wanted, corrected, plain = (
        scores_of(Classifier(file), frames)
        for file in (digits_files["float32"], digits_files["int8"], path)
    )
    assert np.abs(corrected - wanted).mean() < 0.9 * np.abs(plain - wanted).mean()


def test_the_same_run_gives_the_same_bytes(
    digits_model, digits_run, tmp_path, capsys, quick_conversion
):
    path = tmp_path / "again" / "m.tflite"  # its folder is made
    assert main(["--run", str(digits_run), "--output", str(path), *quick_conversion]) == 0
    assert path.read_bytes() == digits_model.read_bytes()
    out, err = capsys.readouterr()
    # Digits of 8x8 pixels do resemble each other.
    assert not [line for line in err.splitlines() if "almost equal test pictures" not in line]
    assert "calibrating on 200 pictures (20 to 20 a class, seed 0): training pictures" in out
    assert " MB at most; biases of " in out and " layers corrected by 50 pictures" in out
    assert f"model {sha256(path.read_bytes()).hexdigest()[:12]}" in out
    assert out.splitlines()[-1] == f"next: python -m edge.camera --model {path}"


def test_a_file_that_loses_too_much_is_kept_aside(digits, digits_run, tmp_path, capsys):
    model = fold(keras.models.load_model(digits_run / "model.keras", compile=False))
    one_huge_channel(model, np.random.default_rng(0))
    model.save(tmp_path / "broken.keras")
    output = tmp_path / "m.tflite"
    pictures = ["--representative", str(digits), "--test", str(digits), "--rescale", "0..255"]
    labels = ["--labels", str(digits_run / "labels.txt")]
    options = [*labels, *pictures, "--quick", "--samples", "100"]
    code = main([str(tmp_path / "broken.keras"), "--output", str(output), *options])
    out, err = capsys.readouterr()
    rejected = tmp_path / "m.rejected.tflite"
    record = json.loads((tmp_path / "m.rejected.report.json").read_text())
    assert code == 3
    assert not output.exists()
    assert rejected.exists()
    assert err.splitlines()[-1].startswith(f"warning: {rejected}: kept aside, for it loses too")
    assert "more than the 0.5 that --max-drop allows" in out
    assert not record["gate"]["passes"]
    # The layers at fault, the costliest first.
    divergences = [layer["divergence"] for layer in record["layers"]]
    assert divergences == sorted(divergences, reverse=True)
    assert divergences[0] > 0


def damage(run, kind):
    model = run / "model.keras"
    match kind:
        case "model cut short":
            model.write_bytes(model.read_bytes()[:5000])
        case "model changed inside":
            data = model.read_bytes()
            middle = len(data) // 2
            turned = bytes(value ^ 255 for value in data[middle : middle + 2000])
            model.write_bytes(data[:middle] + turned + data[middle + 2000 :])
        case "model empty":
            model.write_bytes(b"")
        case "no model":
            model.unlink()
        case "one label too few":
            (run / "labels.txt").write_text("\n".join("012345678"))
        case "another input size":
            record = json.loads((run / "run.json").read_text())
            record["input"]["width"] = 64
            (run / "run.json").write_text(json.dumps(record))
        case "pictures cut short":
            data = (run / "calibration.npz").read_bytes()
            (run / "calibration.npz").write_bytes(data[:-100])


@pytest.mark.parametrize(
    "kind, told",
    [
        ("model cut short", "model.keras: not a model that Keras reads"),
        ("model changed inside", "model.keras: not a model that Keras reads"),
        ("model empty", "model.keras: not a model that Keras reads"),
        ("no model", "model.keras: not there yet; finish the run with"),
        ("one label too few", "labels.txt say (32, 32, 1) into 9; copy"),
        ("another input size", "run.json and labels.txt say (32, 64, 1)"),
        ("pictures cut short", "calibration.npz: not a readable .npz file"),
    ],
)
def test_a_damaged_run_is_one_line(run, tmp_path, capsys, kind, told):
    damage(run, kind)
    output = tmp_path / "m.tflite"
    assert main(["--run", str(run), "--output", str(output)]) == 1
    assert told in one_error(capsys)
    assert not output.exists()


@pytest.mark.parametrize(
    "options, code, told",
    [
        ("--run nowhere", 1, "nowhere: no such run folder; train one with python -m train"),
        ("--runs nowhere", 1, "nowhere: no finished run in it; train one"),
        ("", 1, "runs: no finished run in it; train one with python -m train"),
        ("--samples 0", 2, "--samples: needs at least 1 picture"),
        ("--seed -1", 2, "--seed: from 0 to 4294967295"),
    ],
)
def test_what_cannot_be_done_is_one_line(options, code, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(options.split()) == code
    assert told in one_error(capsys)


def test_unknown_types_are_wrong_usage(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--io", "int16"])
    assert exit_.value.code == 2


@pytest.mark.parametrize("place", ["a folder", "under a file"])
def test_an_output_that_cannot_be_written_is_one_line(
    place, digits_run, tmp_path, capsys, quick_conversion
):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    output = tmp_path / ("folder" if place == "a folder" else "file/m.tflite")
    assert main(["--run", str(digits_run), "--output", str(output), *quick_conversion]) == 1
    assert f"{output}: cannot be written" in one_error(capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_full_disk_leaves_the_old_file(digits_run, tmp_path, capsys, quick_conversion):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        output = disk / "m.tflite"
        output.write_bytes(b"the old one")
        assert main(["--run", str(digits_run), "--output", str(output), *quick_conversion]) == 1
        assert f"{output}: cannot be written (No space left on device); free" in one_error(capsys)
        assert output.read_bytes() == b"the old one"
        assert [path.name for path in disk.iterdir()] == ["m.tflite"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_ctrl_c_leaves_nothing(digits_run, tmp_path):
    (tmp_path / "scratch").mkdir()
    command = [
        sys.executable,
        "-m",
        "convert.quantize",
        str(digits_run),
        "--output",
        "out/m.tflite",
    ]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(tmp_path / "scratch")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Under a shell's "&" Ctrl-C is ignored, and that would be passed on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    # The conversion itself is under way once its child has left something.
    deadline = time.monotonic() + 60
    while not list((tmp_path / "scratch").glob("*/job")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "interrupted\n"
    assert list((tmp_path / "scratch").iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_convert_knows_nothing_of_train():
    imported = set()
    for path in (REPOSITORY / "convert").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert "edge" in imported
    assert "train" not in imported


def test_train_knows_nothing_of_convert():
    for path in (REPOSITORY / "train").rglob("*.py"):
        source = path.read_text("utf-8")
        assert "import convert" not in source and "from convert" not in source


def test_the_libraries_start_in_silence_and_bugs_keep_their_traceback(tmp_path):
    code = (
        "import sys; from convert import quantize\n"
        "quantize.open_subject = None\n"  # a bug of ours
        "sys.exit(quantize.main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert done.stderr.splitlines()[-1].startswith("TypeError: 'NoneType'")
