"""Channels that can be scaled together without changing what the network computes.

A ReLU passes a positive factor through, so a channel may be any number of times larger if every
layer that writes it is scaled and every layer that reads it is scaled back; shortcuts tie several
writers and readers together. For child processes only: imports Keras.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers

from convert.rescue.fold import Array, is_weighted, kernel_of, set_weights
from convert.rescue.graph import Graph, Ref, Step

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
_SCALABLE = (keras.activations.relu, keras.activations.linear)


@dataclass
class Channels:
    """Layers of a model that ``fold`` made, whose channels are tied to each other."""

    writers: list[Any] = field(default_factory=list)
    readers: list[Any] = field(default_factory=list)

    def largest_written(self) -> Array:
        """The largest weight that writes each channel, (channels,)."""
        kernels = [kernel_of(layer) for layer in self.writers]
        return np.max([np.abs(k).max(axis=tuple(range(k.ndim - 1))) for k in kernels], axis=0)

    def largest_read(self) -> Array:
        """The largest weight that reads each channel, (channels,)."""
        found = []
        for layer in self.readers:
            kernel = np.abs(kernel_of(layer))
            by_input = kernel if kernel.ndim == 3 else np.moveaxis(kernel, -2, -1)
            found.append(by_input.max(axis=tuple(range(kernel.ndim - 1))))
        return np.max(found, axis=0)

    def scale(self, factors: Array) -> None:
        """Make the channels ``factors`` (channels,) times as large; the answers stay."""
        for layer in self.writers:
            set_weights(layer, kernel_of(layer) * factors, np.array(layer.bias) * factors)
        for layer in self.readers:
            kernel = kernel_of(layer)
            by_input = factors if kernel.ndim == 3 else factors[:, np.newaxis]
            set_weights(layer, kernel / by_input, np.array(layer.bias))


def scalable_channels(graph: Graph) -> list[Channels]:
    """All sets of tied channels that can be scaled, in the order in which they are written."""
    tied = _Tied(graph)
    groups: dict[Ref, Channels] = defaultdict(Channels)
    for step in graph.steps:
        if is_weighted(step.layer):
            groups[tied.root(step.output)].writers.append(step.layer)
            groups[tied.root(step.inputs[0])].readers.append(step.layer)
    return [
        group
        for root, group in groups.items()
        if root not in tied.fixed() and group.writers and group.readers and _fit(group)
    ]


def _fit(group: Channels) -> bool:
    """Whether all layers have one weight (or one slice) for each channel."""
    written = {kernel_of(layer).shape[-1] for layer in group.writers}
    read = {layer.kernel.shape[-2] for layer in group.readers}
    return len(written) == 1 and written == read


class _Tied:
    """Which tensors have tied channels, by union and find."""

    def __init__(self, graph: Graph) -> None:
        self._parents: dict[Ref, Ref] = {}
        self._fixed: set[Ref] = {graph.input, graph.output}
        calls: dict[int, int] = defaultdict(int)
        for step in graph.steps:
            calls[id(step.layer)] += 1
        for step in graph.steps:
            if is_weighted(step.layer):
                self._fixed.update(_fixed_by(step, calls[id(step.layer)]))
            elif _ties(step.layer):
                for tensor in step.inputs:
                    self._parents[self.root(tensor)] = self.root(step.output)
            else:
                self._fixed.update((step.output, *step.inputs))

    def root(self, tensor: Ref) -> Ref:
        """The tensor that stands for all those tied to ``tensor``."""
        while tensor in self._parents and self._parents[tensor] != tensor:
            tensor = self._parents[tensor]
        return tensor

    def fixed(self) -> set[Ref]:
        """The roots of what cannot be scaled."""
        return {self.root(tensor) for tensor in self._fixed}


def _fixed_by(step: Step, calls: int) -> Iterator[Ref]:
    layer = step.layer
    if calls > 1 or layer.activation not in _SCALABLE:
        yield step.output
    if calls > 1 or getattr(layer, "groups", 1) != 1 or getattr(layer, "depth_multiplier", 1) != 1:
        yield step.inputs[0]


def _ties(layer: Any) -> bool:
    if type(layer) is layers.ReLU:
        return layer.max_value is None and not layer.threshold
    if type(layer) is layers.Activation:
        return layer.activation in _SCALABLE
    return type(layer) in (*_PASSING, layers.Add)
