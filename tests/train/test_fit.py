"""train.fit: batches, checkpoints, and a resumed training that is the same training."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from edge.arrays import read_arrays
from train.architectures.normalisation import Normalisation
from train.batches import Batches, steps_per_epoch
from train.data.source import load
from train.fit import fit
from train.keeper import Progress, read_progress, standard_error
from train.network import start_network
from train.predict import predict
from train.presets import PRESETS, recipe_for

RECIPE = PRESETS["default"].changed(
    {
        "fitting.epochs": 3,
        "fitting.batch_size": 50,
        "fitting.learning_rate": 10.0,
        "network.widths": (8, 8),
        "augment.flip": "none",
    }
)


@pytest.fixture(scope="module")
def few_digits(digits, tmp_path_factory):
    """200 digits for training, so that an epoch takes a blink."""
    with np.load(digits) as arrays:
        few = {name: arrays[name][:220] for name in arrays.files}
    path = tmp_path_factory.mktemp("few") / "few.npz"
    np.savez(path, **few)
    return load(str(path), seed=0)


@pytest.fixture(scope="module")
def few_photos(photos):
    return load(str(photos), size=32, seed=0)


def train(dataset, folder, progress, stop_after=None, recipe=RECIPE):
    """A training of ``recipe``; ``stop_after`` an epoch, as by Ctrl-C."""

    def on_epoch():
        if progress.epoch == stop_after:
            raise KeyboardInterrupt

    fit(
        start_network(dataset, recipe, None, 0, "float32"),  # a backbone's weights by chance
        dataset,
        recipe,
        0,
        progress,
        checkpoint=folder / "checkpoint.npz",
        on_kept=lambda model: model.save(folder / "model.keras"),
        on_epoch=on_epoch,
        verbose=0,
    )


@pytest.fixture(scope="module")
def uninterrupted(few_digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    train(few_digits, folder, Progress())
    return folder


def test_a_resumed_training_gives_the_same_bits(few_digits, uninterrupted, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(few_digits, tmp_path, Progress(), stop_after=1)
    progress = read_progress(tmp_path / "checkpoint.npz")
    assert progress.epoch == 1
    train(few_digits, tmp_path, progress)
    whole = read_arrays(uninterrupted / "checkpoint.npz", (), "")
    resumed = read_arrays(tmp_path / "checkpoint.npz", (), "")
    assert whole.keys() == resumed.keys()
    different = [n for n in whole if n != "progress" and not np.array_equal(whole[n], resumed[n])]
    assert different == []
    for mine, theirs in zip(*(history(f) for f in (tmp_path, uninterrupted)), strict=True):
        clocks = {"seconds": 0, "cpu_seconds": 0}
        assert mine | clocks == theirs | clocks


PLAIN = PRESETS["textbook"].changed(
    {
        "network.widths": (4, 8),
        "network.batch_norm": True,
        "fitting.epochs": 2,
        "fitting.batch_size": 50,
        "fitting.dropout": 0.3,
        "fitting.l2": 1e-4,
        "augment.rotate": 10.0,
        "augment.mixup": 0.2,
        "balance.method": "oversample",
    }
)
BACKBONE = recipe_for("mobilenet-v2").changed(
    {"fitting.epochs": 1, "fitting.batch_size": 16, "head.epochs": 2}
)


def test_a_backbone_trained_twice_gives_the_same_bits(few_photos, tmp_path):
    kept = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        train(few_photos, tmp_path / name, Progress(), recipe=BACKBONE)
        kept.append(read_arrays(tmp_path / name / "checkpoint.npz", (), ""))
    one, two = kept
    assert [n for n in one if n != "progress" and not np.array_equal(one[n], two[n])] == []


def test_a_plain_net_gives_the_same_bits_with_dropout_and_mixes_resumed_or_not(
    few_digits, tmp_path
):
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    train(few_digits, tmp_path / "whole", Progress(), recipe=PLAIN)
    with pytest.raises(KeyboardInterrupt):
        train(few_digits, tmp_path / "parts", Progress(), stop_after=1, recipe=PLAIN)
    progress = read_progress(tmp_path / "parts" / "checkpoint.npz")
    train(few_digits, tmp_path / "parts", progress, recipe=PLAIN)
    whole, parts = (
        read_arrays(tmp_path / n / "checkpoint.npz", (), "") for n in ("whole", "parts")
    )
    assert [n for n in whole if n != "progress" and not np.array_equal(whole[n], parts[n])] == []


def test_patience_ends_a_training_that_gets_no_better(few_digits, tmp_path):
    hopeless = PLAIN.changed(
        {
            "fitting.epochs": 9,
            "fitting.patience": 2,
            "fitting.learning_rate": 1e-12,
            "network.batch_norm": False,  # its statistics would move on
        }
    )
    train(few_digits, tmp_path, Progress(), recipe=hopeless)
    progress = read_progress(tmp_path / "checkpoint.npz")
    assert progress.epoch == 3  # the first is the best, and two more are no better
    before = (tmp_path / "checkpoint.npz").read_bytes()
    train(few_digits, tmp_path, progress, recipe=hopeless)  # as --resume would
    assert (tmp_path / "checkpoint.npz").read_bytes() == before


def test_a_loss_that_is_no_number_ends_in_one_line(few_digits, tmp_path):
    from edge.errors import DataError

    wild = PLAIN.changed({"fitting.learning_rate": 1e30, "fitting.optimizer": "sgd"})
    with pytest.raises(DataError, match="the loss is no longer a number; start again with a lower"):
        train(few_digits, tmp_path, Progress(), recipe=wild)
    assert not (tmp_path / "checkpoint.npz").exists()


def history(folder):
    return read_progress(folder / "checkpoint.npz").history


def test_the_best_epoch_is_kept(few_digits, uninterrupted):
    progress = read_progress(uninterrupted / "checkpoint.npz")
    accuracies = [row["val_accuracy"] for row in progress.history]
    assert progress.best_accuracy == max(accuracies)
    assert accuracies[progress.best_epoch - 1] == max(accuracies)
    model = keras.models.load_model(uninterrupted / "model.keras", compile=False)
    validation = few_digits.validation
    right = predict(model, validation.pixels).argmax(axis=1) == validation.class_ids
    assert right.mean() == progress.best_accuracy


def test_a_worse_epoch_does_not_replace_the_best(few_digits, tmp_path):
    def stop():
        raise KeyboardInterrupt

    kept = []
    with pytest.raises(KeyboardInterrupt):
        fit(
            start_network(few_digits, RECIPE, None, 0, "float32"),
            few_digits,
            RECIPE,
            0,
            Progress(best_accuracy=1.01, best_epoch=7),
            checkpoint=tmp_path / "checkpoint.npz",
            on_kept=kept.append,
            on_epoch=stop,
            verbose=0,
        )
    assert kept == []
    assert read_progress(tmp_path / "checkpoint.npz").best_epoch == 7


@pytest.mark.parametrize(("keep", "kept"), [("best", 2), ("latest", 3)])
def test_the_latest_epoch_that_is_not_clearly_worse_is_kept(
    few_digits, tmp_path, monkeypatch, keep, kept
):
    class_ids = few_digits.validation.class_ids
    wrong = iter([0.5, 0.1, 0.15, 0.5])  # share, epoch by epoch

    def answers(model, pixels):
        first = int(next(wrong) * len(class_ids))
        given = np.where(np.arange(len(class_ids)) < first, (class_ids + 1) % 10, class_ids)
        return np.eye(10)[given]

    monkeypatch.setattr("train.keeper.predict", answers)
    recipe = RECIPE.changed({"fitting.keep": keep, "fitting.epochs": 4})
    train(few_digits, tmp_path, Progress(), recipe=recipe)
    progress = read_progress(tmp_path / "checkpoint.npz")
    assert progress.best_epoch == kept
    assert progress.best_accuracy == progress.history[kept - 1]["val_accuracy"]


@pytest.mark.parametrize(
    ("accuracy", "n", "expected"),
    [(0.5, 10_000, 0.005), (0.9, 100, 0.0314), (1.0, 20, 0.0564), (1.0, 1, 0.219)],
)
def test_the_standard_error_of_an_accuracy(accuracy, n, expected):
    assert standard_error(accuracy, n) == pytest.approx(expected, rel=0.02)


def test_progress_tells_each_epoch(uninterrupted):
    rows = history(uninterrupted)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    seconds = [row["seconds"] for row in rows]
    assert 0 < seconds[0] < seconds[1] < seconds[2]
    assert rows[2]["loss"] < rows[0]["loss"]


def test_the_saved_network_is_float32_and_takes_raw_pixels(uninterrupted):
    model = keras.models.load_model(uninterrupted / "model.keras", compile=False)
    assert {weight.dtype for weight in model.weights} == {"float32"}
    scores = predict(model, np.full((3, 32, 32, 1), 255, np.uint8))
    assert scores.shape == (3, 10)
    assert scores.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    layers = {type(layer) for layer in model.layers}
    assert all(layer.__module__.startswith("keras.") for layer in layers)  # loads anywhere


def batches(dataset, seed=0, epoch=0, **changes):
    recipe = RECIPE.changed({"augment.shift": 0, "augment.erase": 0, **changes})
    normalisation = Normalisation.of(dataset.train.pixels)
    fill = np.zeros(1, np.uint8)
    return Batches(dataset, recipe, seed, epoch, to_input=normalisation, fill=fill)


def test_an_epoch_shows_every_picture_once(few_digits):
    several = batches(few_digits, **{"fitting.batch_size": 33})
    count = len(few_digits.train)
    assert len(several) == count // 33
    shown = np.concatenate([several[i][0] for i in range(len(several))])
    assert len({picture.tobytes() for picture in shown}) == len(several) * 33
    normalised = Normalisation.of(few_digits.train.pixels)(few_digits.train.pixels)
    assert {p.tobytes() for p in shown} <= {p.tobytes() for p in normalised}


def test_pixels_and_classes_stay_together(few_digits):
    pixels, targets = batches(few_digits)[0]
    normalised = Normalisation.of(few_digits.train.pixels)(few_digits.train.pixels)
    known = {p.tobytes(): c for p, c in zip(normalised, few_digits.train.class_ids, strict=True)}
    assert [known[p.tobytes()] for p in pixels] == targets.argmax(axis=1).tolist()
    assert targets.shape == (50, 10)


def test_seed_and_epoch_decide_the_order(few_digits):
    def first(seed, epoch):
        return batches(few_digits, seed, epoch)[0][0]

    assert np.array_equal(first(0, 1), first(0, 1))
    assert not np.array_equal(first(0, 0), first(0, 1))
    assert not np.array_equal(first(0, 0), first(1, 0))
    later = batches(few_digits)
    later.on_epoch_end()
    assert np.array_equal(later[0][0], first(0, 1))


def test_rare_classes_weigh_more(few_digits):
    recipe = RECIPE.changed({"balance.method": "weights"})
    normalisation = Normalisation.of(few_digits.train.pixels)
    made = Batches(few_digits, recipe, 0, 0, to_input=normalisation, fill=np.zeros(1, np.uint8))
    _, targets, weights = made[0]
    counts = np.bincount(few_digits.train.class_ids)
    expected = len(few_digits.train) / len(counts) / counts[targets.argmax(axis=1)]
    assert weights == pytest.approx(expected, rel=1e-5)


def test_an_oversampled_epoch_shows_all_classes_alike_and_no_picture_twice_the_same(few_digits):
    changes = {"balance.method": "oversample", "augment.rotate": 20.0, "fitting.batch_size": 10}
    made = batches(few_digits, **changes)
    shown = [made[i] for i in range(len(made))]
    largest = np.bincount(few_digits.train.class_ids).max()
    counts = np.sum([targets.sum(axis=0) for _, targets in shown], axis=0)
    assert counts.max() == largest and counts.sum() == 10 * (10 * largest // 10)
    assert len({p.tobytes() for inputs, _ in shown for p in inputs}) == counts.sum()


def test_a_data_set_smaller_than_a_batch_is_one_batch():
    class_ids = np.arange(2999) % 10
    assert PRESETS["default"].fitting.batch_size == 1000
    assert steps_per_epoch(class_ids[:200], PRESETS["default"]) == 1
    assert steps_per_epoch(class_ids, PRESETS["default"]) == 2


def test_a_checkpoint_of_something_else_is_told(tmp_path):
    from edge.errors import DataError

    np.savez(tmp_path / "checkpoint.npz", x=np.ones(2))
    with pytest.raises(DataError, match=r"checkpoint\.npz: has no array progress; start a new run"):
        read_progress(tmp_path / "checkpoint.npz")


def test_the_checkpoint_knows_its_epoch(few_digits, uninterrupted):
    # In a file of its own, a power cut could leave it one epoch behind the weights.
    state = read_arrays(uninterrupted / "checkpoint.npz", ("steps", "progress"), "")
    progress = json.loads(str(state["progress"]))
    assert int(state["steps"]) == progress["epoch"] * steps_per_epoch(
        few_digits.train.class_ids, RECIPE
    )
