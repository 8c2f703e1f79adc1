"""The named recipes, and recipes from files.

The ingredients of ``default`` follow two public CIFAR-10 speed recipes, re-expressed for Keras on a
CPU: Keller Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (arXiv:2404.00498) for the
whitening layer, the identity initialisation, the fast shifts and the alternating flip, and his Muon
(2024) for the convolutions' steps; David Page, "How to Train Your ResNet" (2018) for the triangular
learning rate and label smoothing; DeVries and Taylor (arXiv:1708.04552) for the erased squares.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.errors import DataError
from train.architectures.compact import CompactNet
from train.architectures.dense import DenseNet
from train.architectures.plain import NETS
from train.augment.policy import POLICIES, Policy
from train.recipe import (
    ARCHITECTURES,
    KINDS,
    Backbone,
    Fitting,
    Head,
    Network,
    Optimizer,
    Recipe,
    WhitenedNet,
)
from train.values import changed_by

_DEFAULT = Recipe(
    architecture="whitened",
    network=WhitenedNet(widths=(64, 256, 256)),
    augment=Policy(flip="horizontal", shift=4, erase=12),
    fitting=Fitting(
        epochs=36,
        batch_size=1000,
        learning_rate=1.2,
        reference_batch=1000,
        optimizer="muon",
        filter_rate=0.08,
        momentum=0.85,
        schedule="triangle",
        warmup=0.1,
        start_rate=0.2,
        shift_boost=64.0,
        weight_decay=0.0087,
        decay_all=True,
        label_smoothing=0.2,
        ema_decay=0.99,
    ),
)

_SMALLEST = Recipe(
    architecture="compact",
    network=CompactNet(),
    augment=Policy(flip="horizontal", shift=4, erase=8),
    fitting=Fitting(
        epochs=300,
        batch_size=500,
        learning_rate=0.3,
        reference_batch=1000,
        optimizer="muon",
        filter_rate=0.06,
        momentum=0.85,
        schedule="triangle",
        warmup=0.15,
        start_rate=0.2,
        shift_boost=3.2,
        label_smoothing=0.1,
        ema_decay=0.99,
    ),
)

_TEXTBOOK = Recipe(
    architecture="cifar-cnn",
    network=NETS["cifar-cnn"],
    augment=POLICIES["none"],
    fitting=Fitting(epochs=20, batch_size=64, learning_rate=1e-3, schedule="constant"),
)

_PHOTOS = Recipe(
    architecture="efficientnet-lite0",
    network=Backbone(),
    augment=POLICIES["photos"],
    fitting=Fitting(
        epochs=10,
        batch_size=32,
        learning_rate=3e-4,
        warmup=0.1,
        dropout=0.2,
        label_smoothing=0.1,
        ema_decay=0.98,
        keep="latest",
    ),
    head=Head(),
)

PRESETS: dict[str, Recipe] = {
    "default": _DEFAULT,
    "digits": replace(_DEFAULT, augment=POLICIES["digits"]),
    "smallest": _SMALLEST,
    "textbook": _TEXTBOOK,
    "textbook-augmented": replace(_TEXTBOOK, augment=POLICIES["basic"]),
    "photos": _PHOTOS,
}

_ALPHAS = {"mobilenet-v2": 0.35}

# What an optimizer is usually taken with, where a recipe for another one is given it.
OPTIMIZER_DEFAULTS: dict[Optimizer, dict[str, float]] = {
    "sgd": {"learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0},
    "muon": {"learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0},
    "adam": {"learning_rate": 1e-3, "weight_decay": 0.0},
    "adamw": {"learning_rate": 1e-3, "weight_decay": 0.01},
}


def preset_of(architecture: str) -> str:
    """The preset that an architecture is trained by when nothing else is said."""
    of_kind = {
        "backbone": "photos",
        "compact": "smallest",
        "plain": "textbook",
        "dense": "textbook",
    }
    return of_kind.get(KINDS[architecture], "default")


def recipe_for(architecture: str) -> Recipe:
    """What an architecture is trained with when nothing else is said."""
    recipe = PRESETS[preset_of(architecture)]
    network: Network = recipe.network
    if KINDS[architecture] == "backbone":
        network = Backbone(_ALPHAS.get(architecture, 1.0))
    elif KINDS[architecture] == "plain":
        network = NETS[architecture]
    elif KINDS[architecture] == "dense":
        network = DenseNet()
    return replace(recipe, architecture=architecture, network=network)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a run.json or in a file with a recipe alone; DataError when there is none."""
    remedy = "give a run.json, or a recipe as its part recipe has it"
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); {remedy}") from error
    if isinstance(values, dict):
        values = values.get("recipe", values)
    try:
        return recipe_from_json(values)
    except ValueError as error:
        raise DataError(f"{path}: not a recipe ({error}); {remedy}") from error


def recipe_from_json(values: Any) -> Recipe:
    """A recipe as ``Recipe.to_json`` wrote it; what it does not say is as ``recipe_for`` has it.

    Raises ValueError for a field that no recipe of the architecture has or a wrong type.
    """
    if not isinstance(values, dict) or values.get("architecture") not in ARCHITECTURES:
        raise ValueError(f"architecture must be one of {', '.join(ARCHITECTURES)}")
    return changed_by(recipe_for(values["architecture"]), values)
