"""train.recipe and train.presets: changes, checks, and the way through run.json and files."""

from __future__ import annotations

import json
import math

import pytest

from edge.errors import DataError, UsageError
from train.options import build_parser, recipe_of
from train.presets import PRESETS, read_recipe, recipe_for, recipe_from_json
from train.recipe import ARCHITECTURES

DEFAULT, PHOTOS = PRESETS["default"], PRESETS["photos"]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_train_and_survives_json(name):
    PRESETS[name].check()
    assert recipe_from_json(json.loads(json.dumps(PRESETS[name].to_json()))) == PRESETS[name]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_has_a_recipe(architecture):
    recipe = recipe_for(architecture)
    recipe.check()
    assert recipe.architecture == architecture
    assert architecture in recipe.summary()


def test_a_change_leaves_the_rest():
    changed = DEFAULT.changed({"fitting.epochs": 3, "network.widths": (8,), "head": None})
    assert (changed.fitting.epochs, changed.network.widths) == (3, (8,))
    back = {"fitting.epochs": DEFAULT.fitting.epochs, "network.widths": DEFAULT.network.widths}
    assert changed.changed(back) == DEFAULT


@pytest.mark.parametrize(
    "change, named",
    [
        ({"fitting.epochs": 0}, "--epochs"),
        ({"fitting.epochs": -1}, "--epochs"),
        ({"fitting.batch_size": -1}, "--batch-size"),
        ({"fitting.learning_rate": 0.0}, "--learning-rate"),
        ({"fitting.learning_rate": math.nan}, "--learning-rate"),
        ({"fitting.learning_rate": math.inf}, "--learning-rate"),
        ({"fitting.momentum": 1.0}, "--momentum"),
        ({"fitting.warmup": 1.0}, "--warmup"),
        ({"fitting.weight_decay": -1.0}, "--weight-decay"),
        ({"fitting.l2": math.nan}, "--l2"),
        ({"fitting.dropout": 0.5}, "--dropout: whitened has none"),
        ({"fitting.label_smoothing": 1.0}, "--label-smoothing"),
        ({"fitting.clip_norm": -1.0}, "--clip-norm"),
        ({"fitting.ema_decay": 1.0}, "--ema-decay"),
        ({"fitting.patience": -1}, "--patience"),
        ({"fitting.optimizer": "adam"}, "--weight-decay: adam has none"),
        ({"balance.focal_gamma": -2.0}, "--focal-gamma"),
        ({"network.widths": ()}, "--widths"),
        ({"network.widths": (8, 0)}, "--widths"),
        ({"network.widths": (8, 2049)}, "--widths: needs numbers from 1 to 2048"),
        ({"network.widths": (8,) * 9}, "--widths: needs 1 to 8 numbers"),
        ({"augment.shift": -1}, "--shift"),
        ({"augment.erase": 32}, "--erase"),
    ],
)
def test_values_that_cannot_train_are_refused(change, named):
    with pytest.raises(UsageError, match=f"^{named}"):
        DEFAULT.changed(change).check()


@pytest.mark.parametrize("preset", ["photos", "textbook"])
def test_adamw_brings_its_weight_decay(preset):
    def fitting(*options: str):
        args = build_parser().parse_args(["--preset", preset, *options])
        return recipe_of(args, PRESETS[preset]).fitting

    assert fitting("--optimizer", "adamw").weight_decay == 0.01
    assert fitting("--optimizer", "adamw", "--weight-decay", "0.1").weight_decay == 0.1
    assert fitting().weight_decay == 0


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ([], "latest"),
        (["--patience", "3"], "best"),
        (["--patience", "3", "--keep", "latest"], "latest"),
        (["--keep", "best"], "best"),
    ],
)
def test_an_early_end_keeps_the_best_epoch(options, kept):
    args = build_parser().parse_args(options)
    assert recipe_of(args, PHOTOS).fitting.keep == kept


@pytest.mark.parametrize(
    "change, named",
    [
        ({"head.epochs": 0}, "--head-epochs"),
        ({"head.learning_rate": 0.0}, "--head-rate"),
    ],
)
def test_a_head_that_cannot_train_is_refused(change, named):
    with pytest.raises(UsageError, match=f"^{named}: "):
        PHOTOS.changed(change).check()


def test_a_backbone_can_train_its_head_only():
    PHOTOS.changed({"fitting.epochs": 0}).check()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param(
            {},
            "mobilenet-v2 alpha 0.35, head alone, 30 epochs on frozen features, batch 32, adam at"
            " rate 0.001, constant, mirror images too, dropout 0.2, label smoothing 0.1",
            id="as it is",
        ),
        pytest.param(
            {
                "head.epochs": 3, "fitting.l2": 0.5, "fitting.weight_decay": 0.1,
                "fitting.clip_norm": 1.0, "augment.flip": "vertical", "balance.method": "weights",
            },
            "mobilenet-v2 alpha 0.35, head alone, 3 epochs on frozen features, batch 32, adam at"
            " rate 0.001, constant, no changes, l2 0.5, dropout 0.2, label smoothing 0.1, classes"
            " balanced by weights",
            id="of a file",
        ),
    ],
)  # fmt: skip
def test_the_line_of_a_head_alone_tells_only_what_takes_place(changes, line):
    recipe = recipe_for("mobilenet-v2")
    assert "then fine-tuning, batch 32, adam at peak rate 0.0003, cosine" in recipe.summary()
    assert recipe.changed({"fitting.epochs": 0, **changes}).summary() == line


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        pytest.param(48_000, 1000, id="CIFAR-10 has the default"),
        pytest.param(480_000, 1000, id="never more"),
        pytest.param(1_767, 36, id="an epoch keeps 48 steps"),
        pytest.param(40, 16, id="never fewer than batch norm needs"),
    ],
)
def test_few_pictures_come_in_smaller_batches(pictures, expected):
    assert DEFAULT.for_pictures(pictures).fitting.batch_size == expected
    assert PHOTOS.for_pictures(pictures) == PHOTOS  # its rate is for its batch


def test_a_file_with_a_recipe_or_a_record_is_read(tmp_path):
    recipe = DEFAULT.changed({"fitting.epochs": 3})
    for name, content in (("r.json", recipe.to_json()), ("run.json", {"recipe": recipe.to_json()})):
        (tmp_path / name).write_text(json.dumps(content))
        assert read_recipe(tmp_path / name) == recipe


def test_what_a_file_leaves_out_is_the_architectures_own(tmp_path):
    path = tmp_path / "r.json"
    path.write_text('{"architecture": "mobilenet-v2", "fitting": {"dropout": 0}}')
    assert read_recipe(path) == recipe_for("mobilenet-v2").changed({"fitting.dropout": 0.0})


@pytest.mark.parametrize(
    "text, fault",
    [
        ("", "cannot be read"),
        ("[]", "architecture must be one of"),
        ('{"architecture": "vgg"}', "architecture must be one of"),
        ('{"architecture": ["whitened"]}', "architecture must be one of"),
        ('{"architecture": "dense", "fitting": {"epoch": 3}}', "fitting.epoch is not known"),
        ('{"architecture": "dense", "fitting": {"epochs": "3"}}', "epochs must be a whole number"),
        ('{"architecture": "dense", "fitting": {"epochs": true}}', "epochs must be a whole number"),
        ('{"architecture": "dense", "fitting": {"l1": "x"}}', "l1 must be a number"),
        ('{"architecture": "dense", "fitting": 3}', "fitting must be an object"),
        ('{"architecture": "dense", "head": {"epochs": 3}}', "head must be"),
        ('{"architecture": "whitened", "network": {"widths": 3}}', "must be a list of numbers"),
        ('{"architecture": "whitened", "network": {"widths": [3.5]}}', "must be a whole number"),
        ('{"architecture": "whitened", "augment": {"flip": "up"}}', "must be one of none, hor"),
        ('{"architecture": "whitened", "fitting": {"optimizer": []}}', "must be one of sgd"),
    ],
)
def test_a_file_without_a_recipe_is_one_line(text, fault, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"r\.json: .*{fault}.*; give a run\.json") as told:
        read_recipe(path)
    assert "\n" not in str(told.value)
