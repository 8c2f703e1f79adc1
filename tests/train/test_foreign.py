"""train.foreign: options that would change nothing are refused in one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.training import imbalance
from edge.errors import UsageError
from train.choice import choose
from train.options import build_parser, recipe_of

HEAD_ALONE = "--architecture mobilenet-v2 --epochs 0"


def recipe(words):
    args = build_parser().parse_args(words.split())
    return recipe_of(args, choose(args).recipe)


@pytest.mark.parametrize(
    "option",
    [
        *("--optimizer sgd", "--learning-rate 9", "--momentum 0.5", "--schedule constant"),
        *("--filter-rate 0.1", "--filter-momentum 0.5", "--warmup 0.1", "--clip-norm 1e-9"),
        *("--ema-decay 0.9", "--weight-decay 0.1", "--patience 1", "--keep best"),
        *("--cutmix 8", "--shift 2", "--probability 0.5", "--augment camera", "--augment basic"),
        *("--flip vertical", "--flip both"),
    ],
)
def test_a_head_alone_refuses_what_belongs_to_fine_tuning(option):
    name = option.split()[0]
    with pytest.raises(UsageError, match=rf"^{name}: .*head alone \(--epochs 0\)") as told:
        recipe(f"{HEAD_ALONE} {option}")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "words, told",
    [
        ("--preset textbook --filter-rate 0.1", "--filter-rate: .*adam; it is for muon"),
        ("--preset textbook --momentum 0.5", "--momentum: .*adam; it is for sgd and muon"),
        ("--preset photos --optimizer adamw --momentum 0.5", "--momentum: .*adamw; it is for sgd"),
        ("--optimizer sgd --filter-momentum 0.5", "--filter-momentum: .*sgd; it is for muon"),
        ("--optimizer adam --filter-rate 0.1", "--filter-rate: .*adam; it is for muon"),
    ],
)
def test_an_option_of_another_optimizer_is_refused(words, told):
    with pytest.raises(UsageError, match=f"^{told.replace('.*', 'means nothing to --optimizer ')}"):
        recipe(words)


@pytest.mark.parametrize(
    "words, expected",
    [
        ("--preset textbook --optimizer sgd --momentum 0.5", {"momentum": 0.5}),
        ("--momentum 0.5 --filter-rate 0.1", {"momentum": 0.5, "filter_rate": 0.1}),
        ("--optimizer muon --filter-momentum 0.5", {"filter_momentum": 0.5}),
        ("--preset smallest --optimizer sgd --momentum 0.5", {"momentum": 0.5}),
    ],
)
def test_the_options_of_the_recipes_own_optimizer_are_taken(words, expected):
    fitting = recipe(words).fitting
    assert {name: getattr(fitting, name) for name in expected} == expected


def test_an_optimizer_of_the_same_family_keeps_the_recipes_values():
    default, sgd = recipe("").fitting, recipe("--optimizer sgd").fitting
    assert sgd == replace(default, optimizer="sgd")
    adam = recipe("--optimizer adam").fitting
    assert (adam.learning_rate, adam.weight_decay) == (0.001, 0.0)
    photos, adamw = (recipe(f"--preset photos {o}").fitting for o in ("", "--optimizer adamw"))
    assert adamw == replace(photos, optimizer="adamw", weight_decay=0.01)


@pytest.mark.parametrize(
    "option, path, value",
    [
        ("--l1 0.1", "fitting.l1", 0.1),
        ("--l2 0.1", "fitting.l2", 0.1),
        ("--batch-size 8", "fitting.batch_size", 8),
        ("--dropout 0.5", "fitting.dropout", 0.5),
        ("--label-smoothing 0.2", "fitting.label_smoothing", 0.2),
        ("--balance weights", "balance.method", "weights"),
        ("--focal-gamma 2", "balance.focal_gamma", 2.0),
        ("--head-epochs 3", "head.epochs", 3),
        ("--head-rate 0.1", "head.learning_rate", 0.1),
        ("--no-flip", "augment.flip", "none"),
        ("--flip horizontal", "augment.flip", "horizontal"),
        ("--alpha 0.5", "network.alpha", 0.5),
    ],
)
def test_a_head_alone_takes_what_reaches_it(option, path, value):
    assert recipe(f"{HEAD_ALONE} {option}") == recipe(HEAD_ALONE).changed({path: value})


def test_a_head_alone_may_be_shown_pictures_as_they_are():
    assert recipe(f"{HEAD_ALONE} --augment none").augment.active() == {}


def test_what_the_table_of_unequal_classes_trains_is_taken():
    for fine_tune in ([], ["--fine-tune"]):
        args = imbalance.build_parser().parse_args(["--data", "photos", *fine_tune])
        for job in imbalance.jobs(args):
            assert recipe(" ".join(job.options)).head
