"""python -m train --architecture: both phases, what they leave, and going on after Ctrl-C."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
from keras import layers

from edge.arrays import read_arrays
from tests.train.material import stop_after
from train.__main__ import main
from train.architectures import classifier, mobilenet_v2
from train.architectures.scaling import NAME
from train.head import head_of
from train.optimization.regularisation import penalise
from train.predict import predict
from train.weights import mobilenet_v2 as weights_of_mobilenet


@pytest.fixture(scope="module")
def stopped(photos, mobilenet_weights, tmp_path_factory):
    """The run folder, and its network, of a transfer that Ctrl-C ended behind the head."""
    runs = tmp_path_factory.mktemp("transfer")
    options = ["--data", str(photos), "--runs", str(runs), "--epochs", "2", "--size", "32"]
    backbone = ["--architecture", "mobilenet-v2", "--weights", str(mobilenet_weights)]
    with pytest.MonkeyPatch.context() as monkeypatch:
        stop_after(monkeypatch, epochs=0)
        assert main([*options, *backbone]) == 130
    (folder,) = runs.iterdir()
    return folder, keras.models.load_model(folder / "model.keras", compile=False)


@pytest.fixture(scope="module")
def run(stopped, mobilenet_weights):
    """The same run folder when --resume has finished it, without the file of weights."""
    folder, _ = stopped
    aside = mobilenet_weights.rename(mobilenet_weights.with_name("aside.weights.h5"))
    try:
        assert main(["--resume", str(folder)]) == 0
    finally:
        aside.rename(mobilenet_weights)
    return folder


@pytest.fixture(scope="module")
def backbone(mobilenet_weights):
    """The network that the training started from."""
    network = mobilenet_v2.build((32, 32, 3), 0.35)
    weights_of_mobilenet.load(network, 0.35, str(mobilenet_weights))
    return network


def test_the_head_learns_on_the_backbone_as_it_is(stopped, backbone):
    folder, model = stopped
    for layer in backbone.layers:
        assert all(
            map(np.array_equal, model.get_layer(layer.name).get_weights(), layer.get_weights())
        ), layer.name
    (row,) = json.loads((folder / "run.json").read_text())["progress"]["history"]
    assert row["loss"] < 0.95 * np.log(3)  # three classes by chance, and the features are random


def test_a_head_alone_is_told_as_what_it_is(photos, mobilenet_weights, tmp_path, capsys):
    options = ["--data", str(photos), "--runs", str(tmp_path), "--epochs", "0", "--size", "32"]
    backbone = ["--architecture", "mobilenet-v2", "--weights", str(mobilenet_weights)]
    assert main([*options, *backbone, "--head-epochs", "2"]) == 0
    assert "mobilenet-v2: 2 epochs of the head alone of batches of 32" in capsys.readouterr().out
    (folder,) = tmp_path.iterdir()
    for name in ("report.html", "model-card.md"):
        told = (folder / name).read_text()
        assert "head alone, 2 epochs on frozen features, batch 32, adam at rate 0.001" in told
        assert "fine-tuning" not in told


def test_penalties_reach_the_head(backbone):
    model = classifier.build(backbone, 3, dropout=0.0)
    penalise(model, 0.0, 0.5)
    head = head_of(model)
    (kernel,) = [weight for weight in head.trainable_weights if len(weight.shape) == 2]
    (price,) = head.losses
    assert float(price) == pytest.approx(0.5 * float((kernel.numpy() ** 2).sum()))


def test_the_record_tells_both_phases(run, mobilenet_weights):
    record = json.loads((run / "run.json").read_text())
    assert record["finished"]
    assert record["recipe"]["architecture"] == "mobilenet-v2"
    assert record["options"]["weights"] == str(mobilenet_weights)
    assert record["options"]["precision"] == "float32"
    assert [row["epoch"] for row in record["progress"]["history"]] == [0, 1, 2]  # 0: the head
    assert "mobilenet-v2 alpha 0.35, head 30 epochs" in (run / "report.html").read_text()
    assert not (run / "checkpoint.npz").exists()


def test_fine_tuning_moves_all_but_the_norms(run, backbone):
    tuned = keras.models.load_model(run / "model.keras", compile=False)
    best = json.loads((run / "run.json").read_text())["progress"]["best_epoch"]
    assert best > 0
    for layer in backbone.layers:
        if not layer.get_weights() or layer.name == NAME:
            continue
        now = tuned.get_layer(layer.name).get_weights()
        # The weight average rounds.
        same = all(
            np.allclose(*pair, 1e-4, 1e-6) for pair in zip(now, layer.get_weights(), strict=True)
        )
        assert same == isinstance(layer, layers.BatchNormalization), layer.name


def test_the_network_takes_raw_pixels_and_gives_probabilities(run):
    model = keras.models.load_model(run / "model.keras", compile=False)
    validation = read_arrays(run / "validation.npz", (), "")
    assert validation["pixels"].shape[1:] == (32, 32, 3)
    scores = predict(model, validation["pixels"])
    assert scores.sum(axis=1) == pytest.approx(np.ones(len(scores)), abs=1e-5)
    right = scores.argmax(axis=1) == validation["class_ids"]
    progress = json.loads((run / "run.json").read_text())["progress"]
    assert right.mean() == progress["best_accuracy"]
    assert not [layer for layer in model.layers if isinstance(layer, layers.Dropout)]
    assert {weight.dtype for weight in model.weights} == {"float32"}


def test_the_converter_takes_the_run_as_it_is(run, tmp_path, capsys, quick_conversion):
    from convert.quantize import main as quantize

    path = tmp_path / "photos_int8.tflite"
    options = ["--run", str(run), "--output", str(path), *quick_conversion]
    assert quantize([*options, "--max-drop", "100"]) == 0
    assert path.exists()
