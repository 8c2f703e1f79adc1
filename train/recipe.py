"""The training recipe: every hyperparameter, once, by name.

The ingredients follow two public CIFAR-10 speed recipes, re-expressed for Keras on a CPU:
Keller Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (arXiv:2404.00498) for the
whitening layer, the identity initialisation, the fast shifts and the alternating flip; and
David Page, "How to Train Your ResNet" (2018) for the triangular learning rate and label smoothing.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from edge.errors import UsageError

REFERENCE_SIDE = 32  # pixels of the picture that shift and erase are stated for

_STEPS_PER_EPOCH = 48  # of the default batches, on CIFAR-10's training pictures
_SMALLEST_BATCH = 16  # the batch norms' statistics need some


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
        for name in ("epochs", "batch_size", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(f"--{name.replace('_', '-')}: must be a number above 0")
        for name in ("shift", "erase"):
            if not 0 <= getattr(self, name) < REFERENCE_SIDE:
                raise UsageError(f"--{name}: must be from 0 to {REFERENCE_SIDE - 1}")
        if not self.widths or min(self.widths) < 1:
            raise UsageError("--widths: needs at least one number above 0, such as 64,256,256")

    def for_pictures(self, count: int) -> Recipe:
        """The recipe for ``count`` training pictures: few of them come in smaller batches.

        An epoch keeps the steps that it has on CIFAR-10, so that a small data set is learned too.
        """
        fitting = max(_SMALLEST_BATCH, count // _STEPS_PER_EPOCH)
        return self.replace(batch_size=min(self.batch_size, fitting))

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """The recipe that a run folder recorded."""
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        return cls(**{**kept, "widths": tuple(kept["widths"])})
