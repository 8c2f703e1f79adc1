"""The training recipes: every hyperparameter, once, by name.

``Recipe`` trains the default network from nothing, ``TransferRecipe`` goes on from weights that
were trained on ImageNet.

The ingredients of the first follow two public CIFAR-10 speed recipes, re-expressed for Keras on a
CPU: Keller Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (arXiv:2404.00498) for the
whitening layer, the identity initialisation, the fast shifts and the alternating flip; and David
Page, "How to Train Your ResNet" (2018) for the triangular learning rate and label smoothing.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from edge.errors import UsageError
from train.augment.policy import REFERENCE_SIDE

_STEPS_PER_EPOCH = 48  # of the default batches, on CIFAR-10's training pictures
_SMALLEST_BATCH = 16  # the batch norms' statistics need some

Backbone = Literal["mobilenet-v2", "efficientnet-lite0"]
BACKBONES: tuple[Backbone, ...] = get_args(Backbone)


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training; the defaults are the default CIFAR-10 recipe."""

    epochs: int = 16
    batch_size: int = 1000
    widths: tuple[int, ...] = (64, 256, 256)  # filters of each stage

    learning_rate: float = 1.2  # peak, for a batch of 1,000; scaled with the batch size
    warmup: float = 0.21  # share of the steps until the peak
    start_rate: float = 0.2  # of the peak
    end_rate: float = 0.0  # of the peak
    momentum: float = 0.85
    weight_decay: float = 0.0087  # decoupled, multiplied by the learning rate
    shift_boost: float = 64.0  # learning rate of the batch norms' shifts, relative to the rest
    label_smoothing: float = 0.2
    average_decay: float = 0.99  # of the weight average, per step of a batch of 1,000

    flip: bool = True  # left-right; off for digits and letters
    shift: int = 3  # pixels, each direction, on a 32-pixel picture; scaled with the size
    erase: int = 0  # side of the erased square on a 32-pixel picture; 0 for none

    def replace(self, **changes: Any) -> Recipe:
        """A copy with the changes that are not None."""
        return Recipe(**{**asdict(self), **{k: v for k, v in changes.items() if v is not None}})

    def check(self) -> None:
        """Raise UsageError for values that cannot train."""
        _check_above_0(self, "epochs", "batch_size", "learning_rate")
        _check_changes(self)
        if not self.widths or min(self.widths) < 1:
            raise UsageError("--widths: needs at least one number above 0, such as 64,256,256")

    def for_pictures(self, count: int) -> Recipe:
        """The recipe for ``count`` training pictures: few of them come in smaller batches.

        An epoch keeps the steps that it has on CIFAR-10, so that a small data set is learned too.
        """
        fitting = max(_SMALLEST_BATCH, count // _STEPS_PER_EPOCH)
        return self.replace(batch_size=min(self.batch_size, fitting))

    def summary(self) -> str:
        """One line for the report."""
        widths = "-".join(map(str, self.widths))
        return (
            f"widths {widths}, batch {self.batch_size}, peak rate {self.learning_rate},"
            f" {_changes_line(self)}, label smoothing {self.label_smoothing}"
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """The recipe that a run folder recorded."""
        kept = _known(cls, values)
        return cls(**{**kept, "widths": tuple(kept["widths"])})


@dataclass(frozen=True)
class TransferRecipe:
    """Hyperparameters of a training that starts from a backbone with weights.

    First a new head learns on the features of the frozen backbone, then everything but the batch
    norms is fine-tuned: their statistics of a million pictures serve a small data set better than
    its own.
    """

    architecture: Backbone = "mobilenet-v2"
    alpha: float = 0.35  # width of MobileNetV2's layers

    head_epochs: int = 30
    head_rate: float = 1e-3  # constant

    epochs: int = 10  # of fine-tuning; 0 leaves the backbone as it is
    batch_size: int = 32
    learning_rate: float = 3e-4  # peak, falls along a cosine
    warmup: float = 0.1  # share of the steps until the peak
    dropout: float = 0.2  # of the features before the head
    label_smoothing: float = 0.1
    average_decay: float = 0.98  # of the weight average, per step

    flip: bool = True  # left-right; off for digits and letters
    shift: int = 3  # 32nds of the picture's side, each direction
    erase: int = 0  # side of the erased square in 32nds of the picture's; 0 for none

    def replace(self, **changes: Any) -> TransferRecipe:
        """A copy with the changes that are not None."""
        given = {name: value for name, value in changes.items() if value is not None}
        return TransferRecipe(**{**asdict(self), **given})

    def check(self) -> None:
        """Raise UsageError for values that cannot train."""
        _check_above_0(self, "batch_size", "learning_rate")
        if self.epochs < 0:
            raise UsageError("--epochs: must be 0 (train the head only) or more")
        _check_changes(self)

    def summary(self) -> str:
        """One line for the report."""
        alpha = f" {self.alpha}" if self.architecture == "mobilenet-v2" else ""
        return (
            f"{self.architecture}{alpha}, head {self.head_epochs} epochs on frozen features, then"
            f" fine-tuning, batch {self.batch_size}, peak rate {self.learning_rate},"
            f" {_changes_line(self)}, label smoothing {self.label_smoothing}"
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TransferRecipe:
        """The recipe that a run folder recorded."""
        return cls(**_known(cls, values))


AnyRecipe = Recipe | TransferRecipe


def recipe_from_json(values: dict[str, Any]) -> AnyRecipe:
    """The recipe that a run folder recorded."""
    if "architecture" in values:
        return TransferRecipe.from_json(values)
    return Recipe.from_json(values)


def _known(cls: type[AnyRecipe], values: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(cls)}
    return {name: value for name, value in values.items() if name in names}


def _check_above_0(recipe: AnyRecipe, *names: str) -> None:
    for name in names:
        if not 0 < getattr(recipe, name) < math.inf:
            raise UsageError(f"--{name.replace('_', '-')}: must be a number above 0")


def _check_changes(recipe: AnyRecipe) -> None:
    for name in ("shift", "erase"):
        if not 0 <= getattr(recipe, name) < REFERENCE_SIDE:
            raise UsageError(f"--{name}: must be from 0 to {REFERENCE_SIDE - 1}")


def _changes_line(recipe: AnyRecipe) -> str:
    flip = "flips, " if recipe.flip else ""
    erase = f", squares of {recipe.erase}/{REFERENCE_SIDE} erased" if recipe.erase else ""
    return f"{flip}shifts of {recipe.shift}/{REFERENCE_SIDE} of the side{erase}"
