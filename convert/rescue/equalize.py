"""Cross-layer equalisation: channels of neighbouring layers scaled so that none is far larger.

M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction"
(arXiv:1906.04721), section 4.1. The model computes the same as before: a ReLU passes a positive
factor through, so what one layer is divided by, the next is multiplied with. For child processes
only: imports Keras.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from convert.rescue.fold import is_weighted, kernel_of, set_weights
from convert.rescue.graph import Graph, Step, trace

_SWEEPS = 40
_SETTLED = 1e-3  # largest change of a factor at which the sweeps end

# They treat each channel by itself, and a positive factor comes out as it went in.
_PASSING = (
    layers.MaxPooling2D,
    layers.AveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.GlobalAveragePooling2D,
    layers.ZeroPadding2D,
    layers.Cropping2D,
    layers.UpSampling2D,
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.Identity,
    layers.LeakyReLU,
)
_SCALABLE_ACTIVATIONS = (keras.activations.relu, keras.activations.linear)


@dataclass(frozen=True)
class Equalisation:
    """What was done."""

    pairs: int  # neighbouring layers whose channels were scaled
    largest_factor: float  # of one channel, 1 or more


def equalize(model: keras.Model) -> Equalisation:
    """Equalise ``model``, which ``fold`` made, in place."""
    graph = trace(model)
    pairs = [(step.layer, after) for step in graph.steps if (after := _next_layer(graph, step))]
    total: dict[int, NDArray[np.float32]] = {}
    for _ in range(_SWEEPS):
        change = 1.0
        for first, second in pairs:
            factors = _scale(first, second)
            total[id(first)] = total.get(id(first), np.float32(1)) * factors
            change = max(change, _spread(factors))
        if change < 1 + _SETTLED:
            break
    largest = max((_spread(factors) for factors in total.values()), default=1.0)
    return Equalisation(len(pairs), largest)


def _scale(first: Any, second: Any) -> NDArray[np.float32]:
    """Divide each output of ``first`` by a factor and multiply the weights that read it."""
    before, after = kernel_of(first), kernel_of(second)
    depthwise = after.ndim == 3
    largest_out = np.abs(before).max(axis=tuple(range(before.ndim - 1)))
    read = after if depthwise else np.moveaxis(after, -2, -1)
    largest_in = np.abs(read).max(axis=tuple(range(read.ndim - 1)))
    dead = (largest_out == 0) | (largest_in == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(dead, 1, np.sqrt(largest_out / largest_in)).astype(np.float32)
    set_weights(first, before / factors, np.array(first.bias) / factors)
    scaled = after * (factors if depthwise else factors[:, np.newaxis])
    set_weights(second, scaled, np.array(second.bias))
    return factors


def _spread(factors: NDArray[np.float32]) -> float:
    return float(np.exp(np.abs(np.log(factors)).max()))


def _next_layer(graph: Graph, step: Step) -> Any:
    """The layer that alone reads the channels of ``step``, if a factor passes on the way."""
    if not _gives_scalable(graph, step):
        return None
    tensor = step.output
    while user := graph.only_user(tensor):
        if is_weighted(user.layer):
            return user.layer if _reads_channels(graph, step, user) else None
        if not _passes(user.layer):
            return None
        tensor = user.output
    return None


def _gives_scalable(graph: Graph, step: Step) -> bool:
    layer = step.layer
    return (
        is_weighted(layer)
        and layer.activation in _SCALABLE_ACTIVATIONS
        and _calls(graph, layer) == 1
    )


def _reads_channels(graph: Graph, step: Step, user: Step) -> bool:
    layer = user.layer
    if _calls(graph, layer) != 1 or getattr(layer, "groups", 1) != 1:
        return False
    # One weight a channel: not with a depth multiplier, nor across a Flatten.
    inputs = layer.kernel.shape[-2]
    multiplier = getattr(layer, "depth_multiplier", 1)
    return bool(inputs == kernel_of(step.layer).shape[-1] and multiplier == 1)


def _passes(layer: Any) -> bool:
    if type(layer) is layers.ReLU:
        return layer.max_value is None and not layer.threshold
    if type(layer) is layers.Activation:
        return layer.activation in _SCALABLE_ACTIVATIONS
    return type(layer) in _PASSING


def _calls(graph: Graph, layer: Any) -> int:
    return sum(step.layer is layer for step in graph.steps)
