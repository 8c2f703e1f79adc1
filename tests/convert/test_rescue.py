"""convert.rescue: real small networks that int8 breaks, and what brings them back."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

from benchmarks.breakers import one_huge_channel
from convert.conversion import convert
from convert.graph.correction import Correction
from convert.layers import LayerCost, layer_costs, table
from convert.rescue import ways, work
from convert.rescue.attempt import score
from convert.rescue.channels import scalable_channels
from convert.rescue.equalize import equalize
from convert.rescue.finetune import FakeQuantized, finetune
from convert.rescue.fold import fold
from convert.rescue.graph import trace
from convert.rescue.matching import match
from convert.rescue.order import rescue
from convert.rescue.ranges import operator_outputs, read_ranges, with_ranges
from convert.rescue.results import Equalisation
from convert.rescue.steps import activations_of, calibrate, observe, quantize
from convert.rescue.training import training_pictures
from convert.run import Run
from convert.source import ModelSource
from convert.subject import of_run
from edge.classifier import Classifier
from edge.errors import DataError


def blocks():
    """A small network with everything that folding and scaling must understand."""
    keras.utils.set_random_seed(0)
    inner_in = keras.Input((8, 8, 6))
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(inner_in)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.BatchNormalization(scale=False)(layers.Conv2D(6, 1)(y))
    inner = keras.Model(inner_in, y, name="inner")
    pixels = keras.Input((8, 8, 3))
    x = layers.Rescaling(1 / 255)(pixels)
    x = layers.Conv2D(6, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.ReLU()(layers.Add()([x, inner(x)]))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 3)(x))
    model = keras.Model(pixels, layers.Dense(4, activation="softmax")(layers.Dropout(0.5)(x)))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if "moving" in weight.path or "gamma" in weight.path or "beta" in weight.path:
            weight.assign(rng.uniform(0.5, 2, weight.shape))
    model.layers[-1].kernel.assign(model.layers[-1].kernel * 30)  # answers that differ
    return model


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(1).integers(0, 256, (16, 8, 8, 3), np.uint8)


def answers(model, pixels):
    return model.predict_on_batch(pixels.astype(np.float32))


def test_folding_keeps_the_answers_and_leaves_no_norm(pictures):
    model = blocks()
    folded = fold(model)
    assert answers(folded, pictures) == pytest.approx(answers(model, pictures), abs=1e-5)
    assert not any(isinstance(layer, layers.BatchNormalization) for layer in folded.layers)


def test_scaling_channels_keeps_the_answers_across_a_shortcut(pictures):
    model = fold(blocks())
    before = answers(model, pictures)
    places = scalable_channels(trace(model))
    # The stream of the shortcut, the depthwise layer's output, and what the head reads.
    assert [(len(place.writers), len(place.readers)) for place in places] == [
        (2, 2),
        (1, 1),
        (1, 1),
    ]
    for place in places:
        place.scale(np.geomspace(0.1, 100, len(place.largest_written())).astype(np.float32))
    assert answers(model, pictures) == pytest.approx(before, abs=1e-4)


def test_equalising_undoes_huge_channels(pictures):
    model = fold(blocks())
    before = answers(model, pictures)
    equalize(model)
    for place in scalable_channels(trace(model)):
        place.scale(np.geomspace(1, 1000, len(place.largest_written())).astype(np.float32))
    outcome = equalize(model)
    assert (outcome.places, outcome.largest_factor) == (3, pytest.approx(1000, rel=0.5))
    for place in scalable_channels(trace(model)):
        assert place.largest_written() == pytest.approx(place.largest_read(), rel=0.02)
    assert answers(model, pictures) == pytest.approx(before, abs=1e-4)


def test_what_bends_is_not_scaled():
    pixels = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(pixels)
    for activation in (layers.ReLU(6), layers.Activation("silu"), layers.Flatten()):
        y = activation(x)
        head = layers.Conv2D(4, 1)(y) if len(y.shape) == 4 else layers.Dense(4)(y)
        model = fold(keras.Model(pixels, layers.Softmax()(head)))
        assert scalable_channels(trace(model)) == []


def test_a_subclassed_model_is_refused_in_one_line():
    class Odd(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(DataError, match="no graph of layers"):
        trace(Odd())


def test_every_rounded_tensor_is_found_and_its_range_can_be_set(pictures):
    model = fold(blocks())
    calibrated = calibrate(model, pictures)
    names = match(trace(model), pictures[0], activations_of(calibrated, pictures[0]))
    outputs = [name for name, _ in operator_outputs(calibrated)]
    assert set(names.values()) >= set(outputs[1:-2])  # but for the fixed ends
    name = outputs[1]
    changed = with_ranges(calibrated, {name: (-2.0, 3.0)})
    assert read_ranges(changed)[name] == (-2.0, 3.0)
    assert quantize(changed, "uint8") != quantize(calibrated, "uint8")
    assert set(observe(calibrated, pictures, 0)) >= set(outputs)


def test_the_training_network_rounds_as_the_file_does(tmp_path, pictures):
    model = fold(blocks())
    calibrated = calibrate(model, pictures)
    names = match(trace(model), pictures[0], activations_of(calibrated, pictures[0]))
    # Coarse on purpose: a hundredth of the values saturate, and float32 is far away.
    ranges = {n: (low / 4, high / 4) for n, (low, high) in read_ranges(calibrated).items()}
    simulated = np.array(FakeQuantized(model, names, ranges)(pictures.astype(np.float32)))
    kept = {name: ranges[name] for name in names.values()}
    (tmp_path / "int8.tflite").write_bytes(quantize(with_ranges(calibrated, kept), "uint8"))
    classifier = Classifier(tmp_path / "int8.tflite")
    real = np.stack([classifier.classify(picture).scores for picture in pictures])
    away = np.abs(real - answers(model, pictures)).max()
    assert away > 0.1
    assert np.abs(real - simulated).max() < away / 5


def test_fine_tuning_brings_the_rounded_network_nearer_to_its_answers(pictures):
    model = fold(blocks())
    wanted = answers(model, pictures)
    assert np.ptp(wanted, axis=0).max() > 0.1  # or there would be nothing to learn
    calibrated = calibrate(model, pictures)
    names = match(trace(model), pictures[0], activations_of(calibrated, pictures[0]))
    # Ranges that are far too small: saturated at first.
    ranges = {n: (low / 4, high / 4) for n, (low, high) in read_ranges(calibrated).items()}
    tuned = finetune(FakeQuantized(model, names, ranges), pictures, wanted, steps=60, seed=0)
    assert tuned.last_loss < tuned.first_loss / 2


@pytest.fixture(scope="module")
def broken(digits_run, tmp_path_factory):
    """The digits' network with one huge channel, as a subject."""
    subject = of_run(Run.open(digits_run))
    model = fold(keras.models.load_model(subject.source.path, compile=False))
    one_huge_channel(model, np.random.default_rng(0))
    path = tmp_path_factory.mktemp("broken") / "model.keras"
    model.save(path)
    return replace(subject, source=ModelSource(path))


@pytest.fixture(scope="module")
def rescued(broken):
    calibration = broken.calibration.pixels[:100]
    files = [convert(broken.source, "float32"), convert(broken.source, "int8", calibration)]
    float32, first = (file.data for file in files)
    return float32, rescue(broken, float32, first, 0.5, 0, calibration=calibration)


def test_a_broken_network_is_rescued_to_within_the_limit(broken, rescued):
    float32, result = rescued
    first, *_, last = result.attempts
    assert first.drop_points >= 5
    assert last.passes and last.drop_points <= 0.5
    assert result.won_by is last
    names = list(dict.fromkeys(attempt.name for attempt in result.attempts))
    assert names[-2:] == ["activation ranges", "equalisation"]
    pixels, truth = broken.test.pixels, broken.test.class_ids
    right = [
        (score(broken, data, pixels)[0].argmax(axis=1) == truth).mean()
        for data in (float32, result.winner)
    ]
    # On pictures that chose nothing, of which one is a quarter of a point.
    assert 100 * (right[0] - right[1]) <= 1


def test_the_report_tells_what_each_attempt_gave_and_cost(rescued):
    _, result = rescued
    lines = result.table().splitlines()
    assert len(lines) == len(result.attempts) + len(result.skipped) + 2
    assert lines[-1].startswith("the first that passes on 140 validation pictures: ")
    for attempt in result.to_json()["attempts"]:
        assert attempt["size_bytes"] > 0 and attempt["invoke_ms"] > 0
        assert attempt["accuracy"]["n"] == 140
        assert "litert" in attempt["runtimes"]


def test_the_huge_channels_layer_is_named_the_costliest(broken, rescued):
    costs = layer_costs(
        broken, rescued[0], broken.calibration.pixels[:100], broken.validation.pixels[:60]
    )
    # The channel is written by the first layer and read by the second.
    assert {cost.name for cost in costs[:2]} == {"whiten_relu", "stage1a_relu"}
    assert costs[0].changed > 10 * costs[2].changed
    assert table(costs, top=1).splitlines()[1].startswith(costs[0].name)


def test_why_biases_stayed_as_they_were_is_noted(pictures, tmp_path, monkeypatch):
    fault = Correction(0, 50, "a kernel is missing")
    monkeypatch.setattr(work, "corrected", lambda data, *_: (data, fault))
    made = work.kept_float(calibrate(blocks(), pictures), pictures, (), "uint8")
    assert made.correction == fault
    monkeypatch.setattr(ways, "calibration_pictures", lambda _: pictures)
    monkeypatch.setattr(ways, "run_in_child", lambda *_: ((made, Equalisation(1, 2.0)), 1.0, 100.0))
    subject = SimpleNamespace(source=ModelSource(tmp_path / "m.keras"))
    bench = SimpleNamespace(subject=subject, io="uint8", scratch=tmp_path)
    (candidate,) = ways.equalised(bench)
    assert candidate.note == "biases as converted, for a kernel is missing"


def test_without_validation_pictures_there_is_nothing_to_choose_by(broken):
    with pytest.raises(DataError, match="validation pictures"):
        rescue(replace(broken, validation=None), b"", b"", 0.5, 0, calibration=np.empty(0))


def test_more_training_pictures_come_from_the_runs_own_data(digits_run):
    subject = of_run(Run.open(digits_run))
    pixels, origin = training_pictures(subject, 5000, seed=0)
    assert len(pixels) == subject.record["data"]["train"]
    assert origin.endswith("digits.npz")
    elsewhere = replace(subject, source=ModelSource(digits_run / "elsewhere" / "model.keras"))
    assert len(training_pictures(elsewhere, 300, seed=0)[0]) == 300  # from the pool
    held_out = {picture.tobytes() for picture in subject.test.pixels}
    assert not held_out & {picture.tobytes() for picture in pixels}


@pytest.mark.parametrize(
    ("tensor", "layer"),
    [
        ("stage1a_relu_1/Relu", "stage1a_relu"),
        ("stage1c_norm_1/batchnorm/add_1", "stage1c_norm"),
        ("backbone_1/conv_1/convolution_2", "conv"),
        ("logits", "logits"),
    ],
)
def test_a_layers_name_is_the_one_that_keras_gave(tensor, layer):
    assert LayerCost(tensor, "CONV_2D", 0, 0).name == layer
