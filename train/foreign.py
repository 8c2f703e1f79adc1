"""Options that would change nothing, refused in one line: nobody shall believe that they did."""

from __future__ import annotations

import argparse

from edge.errors import UsageError
from train.architectures.plain import NETS
from train.augment.policy import POLICIES, Policy, numbers
from train.recipe import BACKBONES, FROM_NOTHING, OF_SGD, Optimizer, Recipe

_OF_PLAIN_NETS = ("dense", "activation", "pooling", "batch_norm", "residual", "depth")
_OF_BACKBONES = ("weights", "head_epochs", "head_rate")
_OF_OPTIMIZERS: dict[str, tuple[Optimizer, ...]] = {
    "momentum": OF_SGD,
    "filter_rate": ("muon",),
    "filter_momentum": ("muon",),
}

# Of the training that follows a head's own, for which Adam keeps one rate.
_OF_FINE_TUNING = (
    *("optimizer", "learning_rate", "momentum", "filter_rate", "filter_momentum", "schedule"),
    *("warmup", "clip_norm", "ema_decay", "weight_decay", "patience", "keep"),
    *(number.name for number in numbers()),
)


def refuse_of_other_networks(args: argparse.Namespace, recipe: Recipe) -> None:
    """UsageError for an option that means nothing to the recipe's architecture."""
    backbones, plain = ", ".join(BACKBONES), ", ".join(NETS)
    is_plain = recipe.kind in ("plain", "dense")  # their own options tell the two apart
    foreign = {
        "widths": (is_plain or recipe.kind in FROM_NOTHING, f"whitened, compact, {plain}"),
        **dict.fromkeys(_OF_PLAIN_NETS, (is_plain, plain)),
        **dict.fromkeys(_OF_BACKBONES, (recipe.kind == "backbone", backbones)),
        "alpha": (recipe.architecture.startswith("mobilenet"), "mobilenets"),
    }
    for name, (suits, whom) in foreign.items():
        if getattr(args, name) is not None and not suits:
            raise UsageError(
                f"{_option(name)}: means nothing to --architecture {recipe.architecture}; it is"
                f" for {whom}"
            )


def refuse_of_other_optimizers(args: argparse.Namespace, recipe: Recipe) -> None:
    """UsageError for an option that the recipe's optimizer, after all options, does not know."""
    optimizer = recipe.fitting.optimizer
    for name, suited in _OF_OPTIMIZERS.items():
        if getattr(args, name) is not None and optimizer not in suited:
            raise UsageError(
                f"{_option(name)}: means nothing to --optimizer {optimizer}; it is for"
                f" {' and '.join(suited)}"
            )


def refuse_beside_head_alone(args: argparse.Namespace, recipe: Recipe) -> None:
    """UsageError for an option of what does not take place where only a head is trained."""
    if recipe.fitting.epochs or recipe.head is None:
        return
    if args.teacher:
        raise UsageError("--teacher: teaches nothing to a head alone; give --epochs, or leave it")
    for name in _OF_FINE_TUNING:
        if getattr(args, name) is not None:
            instead = "take --head-rate" if name == "learning_rate" else "give --epochs 1 or more"
            raise UsageError(
                f"{_option(name)}: does nothing to a head alone (--epochs 0); {instead}, or leave"
                " it out"
            )
    named = POLICIES[args.augment or "none"]
    if named != Policy(flip=named.flip):
        raise UsageError(
            f"--augment: of {args.augment} a head alone (--epochs 0) gets the flips at most; give"
            " --flip or --no-flip instead, or --epochs 1 or more"
        )
    if args.flip in ("vertical", "both"):
        raise UsageError(
            "--flip: a head alone (--epochs 0) sees mirror images from left to right only; take"
            " horizontal or none, or give --epochs 1 or more"
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
