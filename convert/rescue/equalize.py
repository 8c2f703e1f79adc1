"""Cross-layer equalisation: channels of neighbouring layers scaled so that none is far larger.

M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction"
(arXiv:1906.04721), section 4.1, and across shortcuts too. The network computes the same as before,
but fewer of its numbers are lost when a whole tensor shares one int8 scale. For child processes
only: imports Keras.
"""

from __future__ import annotations

import keras
import numpy as np

from convert.rescue.channels import Channels, scalable_channels
from convert.rescue.fold import Array
from convert.rescue.graph import trace
from convert.rescue.results import Equalisation

_SWEEPS = 40
_SETTLED = 1.001  # no factor is larger: the sweeps end


def equalize(model: keras.Model) -> Equalisation:
    """Equalise ``model``, which ``fold`` made, in place."""
    places = scalable_channels(trace(model))
    totals = [np.ones_like(place.largest_written()) for place in places]
    for _ in range(_SWEEPS):
        change = 1.0
        for number, place in enumerate(places):
            factors = _equalizing(place)
            place.scale(factors)
            totals[number] *= factors
            change = max(change, _largest(factors))
        if change < _SETTLED:
            break
    return Equalisation(len(places), max(map(_largest, totals), default=1.0))


def _equalizing(place: Channels) -> Array:
    """The factors after which every channel is written and read by equally large weights."""
    written, read = place.largest_written(), place.largest_read()
    dead = (written == 0) | (read == 0)
    safe = np.where(dead, 1, written)
    return np.where(dead, 1, np.sqrt(np.where(dead, 1, read) / safe)).astype(np.float32)


def _largest(factors: Array) -> float:
    return float(np.exp(np.abs(np.log(factors)).max()))
