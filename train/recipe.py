"""A training recipe: every hyperparameter, once, by name, as one value.

A recipe can be written as JSON and read again, changed field by field, and checked; the presets
are such values, a run folder records one, and a search can vary it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from edge.errors import UsageError
from train.architectures.compact import CompactNet
from train.architectures.dense import DenseNet
from train.architectures.plain import PlainNet
from train.architectures.widths import MOST_FILTERS, check_widths
from train.augment.policy import Policy

Kind = Literal["whitened", "compact", "plain", "dense", "backbone"]
KINDS: dict[str, Kind] = {
    "whitened": "whitened",
    "compact": "compact",
    "digits-cnn": "plain",
    "cifar-cnn": "plain",
    "wide-cnn": "plain",
    "dense": "dense",
    "mobilenet-v2": "backbone",
    "mobilenet-v3-small": "backbone",
    "mobilenet-v3-small-minimalistic": "backbone",
    "mobilenet-v3-large": "backbone",
    "mobilenet-v3-large-minimalistic": "backbone",
    "efficientnet-lite0": "backbone",
}
FROM_NOTHING: tuple[Kind, ...] = ("whitened", "compact")  # a norm behind every convolution
ARCHITECTURES = tuple(KINDS)
BACKBONES = tuple(name for name, kind in KINDS.items() if kind == "backbone")

Optimizer = Literal["sgd", "muon", "adam", "adamw"]
OF_SGD: tuple[Optimizer, ...] = ("sgd", "muon")  # rates follow the batch size
Schedule = Literal["triangle", "cosine", "constant"]
Keep = Literal["best", "latest"]
BalanceMethod = Literal["none", "weights", "effective", "oversample", "undersample"]

_STEPS_PER_EPOCH = 48  # of the default recipe's batches, on CIFAR-10's training pictures
_SMALLEST_BATCH = 16  # the batch norms' statistics need some


@dataclass(frozen=True)
class WhitenedNet:
    """Form of the default network."""

    widths: tuple[int, ...] = (64, 256, 256)  # filters of each stage

    def check(self) -> None:
        """Raise UsageError for values that make no network."""
        check_widths(self.widths, MOST_FILTERS, "64,256,256")

    def summary(self) -> str:
        """One line for the report."""
        return f"widths {'-'.join(map(str, self.widths))}"


@dataclass(frozen=True)
class Backbone:
    """Form of a network that starts from weights trained on ImageNet."""

    alpha: float = 1.0  # multiplies the width of MobileNets' layers

    def check(self) -> None:
        """Whether weights exist for alpha is seen when they are read."""

    def summary(self) -> str:
        """One line for the report."""
        return "" if self.alpha == 1 else f"alpha {self.alpha:g}"


Network = WhitenedNet | CompactNet | PlainNet | DenseNet | Backbone


@dataclass(frozen=True)
class Fitting:
    """How the weights learn; 0 leaves a thing out."""

    epochs: int  # 0 trains a backbone's head only
    batch_size: int
    learning_rate: float  # the peak
    # The batch size that ema_decay, and sgd's and muon's learning_rate, are stated for: they follow
    # another one. 0: they are for batches as they are.
    reference_batch: int = 0
    optimizer: Optimizer = "adam"
    momentum: float = 0.9  # of sgd, and of what muon learns like sgd
    filter_rate: float = 0.06  # muon: peak length of a filter's step, filters being 1 long
    filter_momentum: float = 0.6  # muon
    schedule: Schedule = "cosine"
    warmup: float = 0.0  # share of the steps until the peak
    start_rate: float = 0.0  # of the peak
    end_rate: float = 0.0  # of the peak
    shift_boost: float = (
        1.0  # sgd, muon: learning rate of the batch norms' shifts, relative to the rest
    )
    weight_decay: float = 0.0  # decoupled, multiplied by the learning rate
    decay_all: bool = False  # also norms and biases
    l1: float = 0.0  # of every kernel, added to the loss
    l2: float = 0.0
    dropout: float = 0.0  # share of the features before the last layers
    label_smoothing: float = 0.0
    clip_norm: float = 0.0  # longest gradient of all weights together
    ema_decay: float = 0.0  # of the weights' exponential moving average, per step
    patience: int = 0  # epochs without a better validation accuracy that end it
    keep: Keep = "best"  # which epoch's weights; latest: that is not clearly worse than the best

    def check(self) -> None:
        """Raise UsageError for values that cannot train."""
        for name in ("batch_size", "learning_rate", "filter_rate", "shift_boost"):
            _check(name, getattr(self, name), math.ulp(0.0), "a number above 0")
        for name in (
            *("epochs", "weight_decay", "l1", "l2", "start_rate", "end_rate"),
            *("clip_norm", "patience", "reference_batch"),
        ):
            _check(name, getattr(self, name), 0, "0 or more")
        for name in ("weight_decay", "l1", "l2"):
            if getattr(self, name) > 1:
                raise UsageError(f"--{_dashed(name)}: must be from 0 to 1, such as 0.0001")
        for name in (
            "momentum",
            "filter_momentum",
            "warmup",
            "dropout",
            "label_smoothing",
            "ema_decay",
        ):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"--{_dashed(name)}: must be 0 or more, and less than 1")
        if self.optimizer == "muon" and not self.momentum:
            raise UsageError("--momentum: muon needs one above 0")
        if self.optimizer == "adam" and self.weight_decay:
            raise UsageError("--weight-decay: adam has none; take --optimizer adamw")


@dataclass(frozen=True)
class Balance:
    """What is done about classes of unequal size."""

    method: BalanceMethod = "none"
    focal_gamma: float = 0.0  # focal loss (arXiv:1708.02002); 0 is cross-entropy

    def check(self) -> None:
        """Raise UsageError for values that cannot train."""
        _check("focal_gamma", self.focal_gamma, 0, "0 or more")


@dataclass(frozen=True)
class Head:
    """The first phase of a backbone's training: its new last layer alone, on frozen features."""

    epochs: int = 30
    learning_rate: float = 1e-3  # of Adam, constant

    def check(self) -> None:
        """Raise UsageError for values that cannot train."""
        _check("head_epochs", self.epochs, 1, "1 or more")
        _check("head_rate", self.learning_rate, math.ulp(0.0), "a number above 0")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training besides its data and its seed."""

    architecture: str
    network: Network
    augment: Policy
    fitting: Fitting
    balance: Balance = field(default_factory=Balance)
    head: Head | None = None  # of backbones only

    @property
    def kind(self) -> Kind:
        """The family of the architecture, which decides how it is built and trained."""
        return KINDS[self.architecture]

    def changed(self, changes: Mapping[str, Any]) -> Recipe:
        """A copy with other values by their path, such as ``{"fitting.epochs": 3}``."""
        recipe = self
        for path, value in changes.items():
            part, _, name = path.rpartition(".")
            if part:
                value = replace(getattr(recipe, part), **{name: value})
            recipe = replace(recipe, **{part or name: value})
        return recipe

    def check(self) -> None:
        """Raise UsageError for values that cannot train."""
        if self.architecture not in KINDS:
            raise UsageError(f"--architecture: must be one of {', '.join(ARCHITECTURES)}")
        parts = (self.network, self.augment, self.fitting, self.balance, self.head)
        for part in parts:
            if part is not None:
                part.check()
        if self.fitting.epochs == 0 and self.head is None:
            raise UsageError(f"--epochs: must be 1 or more for {self.architecture}")
        if self.fitting.optimizer == "muon" and self.kind not in FROM_NOTHING:
            raise UsageError(
                "--optimizer: muon needs a norm behind every convolution, which"
                f" {self.architecture} lacks; take sgd or adamw"
            )
        if self.kind in FROM_NOTHING and self.fitting.dropout:
            raise UsageError(f"--dropout: {self.architecture} has none; use --label-smoothing")

    def for_pictures(self, count: int) -> Recipe:
        """The recipe for ``count`` training pictures: few of them come in smaller batches.

        An epoch keeps the steps that it has on CIFAR-10, so that a small data set is learned too.
        Only where the learning rate follows the batch size.
        """
        if not self.fitting.reference_batch:
            return self
        fitting = max(_SMALLEST_BATCH, count // _STEPS_PER_EPOCH)
        return self.changed({"fitting.batch_size": min(self.fitting.batch_size, fitting)})

    def summary(self) -> str:
        """One line for the report, of what takes place: a head alone is trained in its own way."""
        fitting = self.fitting
        parts = [f"{self.architecture} {self.network.summary()}".rstrip()]
        prices = ["l1", "l2", "dropout", "label_smoothing"]
        if self.head and not fitting.epochs:
            parts += [
                f"head alone, {self.head.epochs} epochs on frozen features",
                f"batch {fitting.batch_size}",
                f"adam at rate {self.head.learning_rate:g}, constant",
                "mirror images too" if self.augment.mirrors else "no changes",
            ]
        else:
            if self.head:
                parts.append(f"head {self.head.epochs} epochs on frozen features, then fine-tuning")
            parts += [
                f"batch {fitting.batch_size}",
                f"{fitting.optimizer} at peak rate {fitting.learning_rate:g}, {fitting.schedule}",
                self.augment.summary(),
            ]
            prices = ["weight_decay", *prices, "clip_norm"]
        for name in prices:
            if getattr(fitting, name):
                parts.append(f"{name.replace('_', ' ')} {getattr(fitting, name):g}")
        if self.balance.method != "none":
            parts.append(f"classes balanced by {self.balance.method}")
        if self.balance.focal_gamma:
            parts.append(f"focal loss {self.balance.focal_gamma:g}")
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """The recipe as a run folder records it."""
        return asdict(self)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _check(name: str, value: float, least: float, words: str) -> None:
    if not least <= value < math.inf:
        raise UsageError(f"--{_dashed(name)}: must be {words}")
