"""convert.quantize with a model that comes alone: what it needs, and what is told about it."""

from __future__ import annotations

import shutil
from pathlib import Path
from warnings import catch_warnings

import keras
import numpy as np
import pytest

from convert.quantize import main
from edge.card import read_card, read_labels
from edge.classifier import Classifier


@pytest.fixture(scope="module")
def alone(digits_run, tmp_path_factory):
    """The digits' model as others would keep it: for inputs from -1 to 1, giving logits, as .h5."""
    folder = tmp_path_factory.mktemp("alone")
    model = keras.models.load_model(digits_run / "model.keras", compile=False)
    kernel, bias = model.get_layer("whiten").get_weights()
    # The convolution pads nothing, so pixel = 127.5 * input + 127.5 can go into its weights.
    model.get_layer("whiten").set_weights(
        [kernel * 127.5, bias + 127.5 * kernel.sum(axis=(0, 1, 2))]
    )
    with catch_warnings(action="ignore"):  # Keras': .h5 is legacy
        keras.Model(model.inputs, model.get_layer("head").output).save(folder / "digits.h5")
    shutil.copy(digits_run / "labels.txt", folder)
    return folder


@pytest.fixture
def command(alone, digits_run, tmp_path, monkeypatch):
    """What makes the file; the options that a test adds come last and win."""
    monkeypatch.chdir(tmp_path)
    return [
        str(alone / "digits.h5"),
        *("--labels", str(alone / "labels.txt")),
        *("--representative", str(digits_run / "calibration.npz")),
        *("--test", str(digits_run / "test.npz")),
        *("--samples", "100", "--quick", "--max-drop", "5", "--rescale", "-1..1"),
    ]


def without(command, option):
    at = command.index(option)
    return [*command[:at], *command[at + 2 :]]


def test_it_becomes_the_same_classifier_as_its_run(command, digits_run, digits_model, capsys):
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert "digits.h5: gives logits; a softmax is added" in out
    assert not [line for line in err.splitlines() if "almost equal test pictures" not in line]
    file, usual = Classifier(Path("model_int8.tflite")), Classifier(digits_model)
    assert file.labels == tuple("0123456789")
    with np.load(digits_run / "test.npz") as arrays:
        frames = arrays["pixels"]
    answers = [[int(c.classify(f, 1).top[0].label) for f in frames] for c in (file, usual)]
    assert np.mean(np.equal(*answers)) > 0.97
    card = read_card(Path("model_int8.tflite"))
    assert card.facts["accuracy"]["int8"]["n"] == 199  # of 397: the others fitted the temperature
    assert card.facts["accuracy"]["int8"]["top1"] > 0.9
    assert card.temperature != 1
    assert "training" not in card.facts


def test_without_held_out_pictures_nothing_is_claimed(command, capsys):
    assert main([*without(command, "--test"), "--output", "m.tflite", "--crop", "letterbox"]) == 0
    assert "nothing is proved, as there are no pictures to judge on" in capsys.readouterr().err
    card = read_card(Path("m.tflite"))
    assert not {"accuracy", "profile", "training"} & card.facts.keys()
    assert (card.temperature, card.unknown_threshold, card.crop) == (1, 0, "letterbox")
    assert len(card.golden) == 4
    assert card.facts["calibration"]["n"] == 100


def test_other_formats_need_no_representative_pictures(command, capsys):
    bare = without(without(command, "--representative"), "--rescale")
    assert main([*bare, "--format", "dynamic"]) == 0
    out, err = capsys.readouterr()
    assert "nothing at its front normalises pixels; if it was trained on other" in err
    assert len(err.splitlines()) == 1
    assert "dynamic: " in out
    assert read_labels(Path("model_dynamic.tflite")) == tuple("0123456789")
    # As the warning said, its answers are worse than with --rescale.
    assert read_card(Path("model_dynamic.tflite")).facts["accuracy"]["float"]["top1"] < 0.85


@pytest.mark.parametrize(
    "change, code, told",
    [
        pytest.param("no labels", 2, "digits.h5: holds no labels; name them with", id="no labels"),
        pytest.param("8 labels", 1, "labels8.txt: 8 labels, but the model has 10 outputs; give"),
        pytest.param("no pictures", 2, "digits.h5: int8 needs pictures to calibrate on; name"),
        pytest.param(
            "3 means", 1, "digits.h5: has 1 channel; give one number, or one for each, as"
        ),
        pytest.param("no classes", 1, "holds pictures without their class; to be judged on"),
    ],
)
def test_what_is_missing_or_wrong_is_one_line(change, code, told, command, tmp_path, capsys):
    match change:
        case "no labels":
            command = without(command, "--labels")
        case "8 labels":
            (tmp_path / "labels8.txt").write_text("\n".join("01234567"))
            command += ["--labels", str(tmp_path / "labels8.txt")]
        case "no pictures":
            command = without(command, "--representative")
        case "3 means":
            command = [*without(command, "--rescale"), *("--mean", "1,2,3", "--std", "4,5,6")]
        case "no classes":
            np.savez(tmp_path / "bare.npz", pixels=np.zeros((4, 32, 32, 1), np.uint8))
            command += ["--test", str(tmp_path / "bare.npz")]
    assert main([*command, "--output", str(tmp_path / "m.tflite")]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert not (tmp_path / "m.tflite").exists()


@pytest.mark.parametrize("option", ["--labels x", "--test x", "--crop squash", "--rescale 0..1"])
def test_a_run_folder_answers_for_itself(option, digits_run, capsys):
    assert main(["--run", str(digits_run), *option.split()]) == 2
    assert f"{option.split()[0]}: is for a model without a run folder" in capsys.readouterr().err
