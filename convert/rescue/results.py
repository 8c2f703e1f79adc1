"""What the rescue's child processes answer with: read where no TensorFlow is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from convert.graph.correction import Correction

Range = tuple[float, float]  # smallest and largest value that int8 shall hold, real units


@dataclass(frozen=True)
class Made:
    """A quantized file and how it came about."""

    data: bytes
    calibrated: bytes
    seconds: float
    correction: Correction | None = None  # of its biases; None where they were left alone


@dataclass(frozen=True)
class Equalisation:
    """What was done."""

    places: int  # where channels could be scaled
    largest_factor: float  # of one channel, up or down, 1 or more


@dataclass(frozen=True)
class Tuned:
    """What the fine-tune left, besides the weights that it changed in place."""

    ranges: dict[str, Range]  # learned, by tensor name of the calibrated file
    first_loss: float  # divergence from the float network's answers, nats, in the first steps
    last_loss: float  # in the last
