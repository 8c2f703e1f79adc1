"""Networks that quantization breaks, made from a trained one: python benchmarks/broken.py RUN.

Each is the run's own network with other weights. Its float32 answers stay what they were, but one
int8 scale for a whole tensor no longer holds its values. The rescue then tries every way on each,
and the table says which helps.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from convert.rescue.channels import scalable_channels
from convert.rescue.fold import Array
from convert.rescue.graph import trace

Breaker = Callable[[keras.Model, np.random.Generator], None]


def huge_channels(model: keras.Model, rng: np.random.Generator) -> None:
    """A quarter of all channels 100 to 1,000 times as large, undone by the layers behind them."""
    for place in scalable_channels(trace(model)):
        place.scale(_some_huge(len(place.largest_written()), rng))


def one_huge_channel(model: keras.Model, rng: np.random.Generator) -> None:
    """One channel of one place 10,000 times as large: the least that breaks a network."""
    place = scalable_channels(trace(model))[0]
    factors = np.ones(len(place.largest_written()), np.float32)
    factors[rng.integers(len(factors))] = 10_000
    place.scale(factors)


def _some_huge(channels: int, rng: np.random.Generator) -> Array:
    factors = np.ones(channels, np.float32)
    chosen = rng.permutation(channels)[: channels // 4]
    factors[chosen] = np.exp(rng.uniform(np.log(100), np.log(1000), len(chosen)))
    return factors
