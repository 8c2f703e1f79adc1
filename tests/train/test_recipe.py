"""train.recipe: changes, checks, and the way through run.json."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from edge.errors import UsageError
from train.recipe import Recipe, TransferRecipe, recipe_from_json


def test_replace_leaves_what_is_none():
    changed = Recipe().replace(epochs=3, widths=None, flip=False)
    assert (changed.epochs, changed.widths, changed.flip) == (3, Recipe().widths, False)


@pytest.mark.parametrize(
    "recipe", [Recipe(widths=(8, 16), shift=1), TransferRecipe("efficientnet-lite0", epochs=3)]
)
def test_a_recipe_survives_json(recipe):
    assert recipe_from_json(json.loads(json.dumps(asdict(recipe)))) == recipe


def test_fields_of_other_versions_are_left_out():
    for recipe in (Recipe(), TransferRecipe()):
        assert recipe_from_json({**asdict(recipe), "from_the_future": 1}) == recipe


@pytest.mark.parametrize(
    "change, named",
    [
        ({"epochs": 0}, "--epochs"),
        ({"batch_size": -1}, "--batch-size"),
        ({"learning_rate": 0.0}, "--learning-rate"),
        ({"learning_rate": float("nan")}, "--learning-rate"),
        ({"learning_rate": float("inf")}, "--learning-rate"),
        ({"widths": ()}, "--widths"),
        ({"widths": (8, 0)}, "--widths"),
        ({"shift": -1}, "--shift"),
        ({"erase": 32}, "--erase"),
    ],
)
def test_values_that_cannot_train_are_refused(change, named):
    with pytest.raises(UsageError, match=f"^{named}: "):
        Recipe().replace(**change).check()


def test_the_default_recipes_can_train():
    Recipe().check()
    TransferRecipe().check()
    TransferRecipe(epochs=0).check()  # the head only


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
    assert Recipe(batch_size=1000).for_pictures(pictures).batch_size == expected
