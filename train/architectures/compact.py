"""The smallest net: a plain stem, then residual stages whose blocks share their weights.

Made to be less than 98,496 bytes as a file, the size of MLPerf Tiny's ResNet-8 (arXiv:2106.07597),
and no slower than it: all 3x3 convolutions, since the older runtime computes depthwise ones slowly,
and most of them on small maps. A block that is applied again with norms of its own makes the net
deeper but hardly larger (layer reuse, arXiv:1901.09615). Gates weigh the last stage's channels by
what the whole picture shows (squeeze and excitation, arXiv:1709.01507).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from edge.errors import UsageError
from train.architectures.fused_norm import FusedBatchNormalization
from train.architectures.normalisation import Normalisation
from train.architectures.widths import MOST_FILTERS, check_widths

_MOST_REPEATS = 32


@dataclass(frozen=True)
class CompactNet:
    """Form of the net."""

    stem: int = 16  # filters of the first convolution
    widths: tuple[int, ...] = (32, 48)  # filters of each stage
    repeats: tuple[int, ...] = (1, 2)  # how often each stage's one block is applied
    gate: int = 16  # units between the two layers of the last stage's gates; 0: no gates

    def check(self) -> None:
        """Raise UsageError for values that make no network."""
        check_widths(self.widths, MOST_FILTERS, "32,48")
        if not 1 <= self.stem <= MOST_FILTERS:
            raise UsageError(f"stem: must be from 1 to {MOST_FILTERS}")
        if not 0 <= self.gate <= MOST_FILTERS:
            raise UsageError(f"gate: must be from 0 to {MOST_FILTERS}")
        within = all(1 <= repeats <= _MOST_REPEATS for repeats in self.repeats)
        if len(self.repeats) != len(self.widths) or not within:
            counts = f"{len(self.widths)} numbers from 1 to {_MOST_REPEATS}"
            raise UsageError(f"repeats: needs {counts}")

    def summary(self) -> str:
        """One line for the report."""
        stages = zip(self.widths, self.repeats, strict=True)
        gate = f", gates of {self.gate}" if self.gate else ""
        return f"stem {self.stem}, stages " + "-".join(f"{w}x{n}" for w, n in stages) + gate


def smallest_side(net: CompactNet) -> int:
    """Pixels that a picture's shorter side needs so that the last stage still has one pixel."""
    return int(2 ** (len(net.widths) - 1)) + 3


def build(
    shape: tuple[int, int, int], classes: int, net: CompactNet, *, for_training: bool
) -> keras.Model:
    """The network from (n, height, width, channels) to (n, classes).

    ``for_training`` takes normalised pixels and gives logits. Otherwise it takes pixels from 0 to
    255 and gives softmax probabilities. Both have the same weights in the same order: ``export``
    turns one's into the other's.
    """
    inputs = keras.Input(shape, name="pixels")
    # Without padding: what is normalised and what is not differ by a constant a filter.
    x = layers.Conv2D(net.stem, 3, use_bias=False, name="stem_conv")(inputs)
    x = layers.ReLU(name="stem_relu")(_norm(x, "stem", fused=for_training))
    for stage, (width, repeats) in enumerate(zip(net.widths, net.repeats, strict=True), 1):
        gate = net.gate if stage == len(net.widths) else 0
        x = _stage(x, width, repeats, gate, f"stage{stage}", for_training=for_training)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(classes, dtype="float32", name="head")(x)
    outputs = x if for_training else layers.Softmax(name="probabilities")(x)
    return keras.Model(inputs, outputs, name="compact_cnn")


def _stage(
    x: keras.KerasTensor, width: int, repeats: int, gate: int, name: str, *, for_training: bool
) -> keras.KerasTensor:
    """Half the picture's sides, ``width`` channels, then one block, ``repeats`` times.

    Each time with a gate of its own of ``gate`` units, if any.
    """
    x = _norm(_convolution(width, f"{name}a", strides=2)(x), f"{name}a", fused=for_training)
    x = layers.ReLU(name=f"{name}a_relu")(x)
    first, second = (_convolution(width, f"{name}{letter}") for letter in "bc")
    for repeat in range(1, repeats + 1):
        entering, again = x, f"{name}_{repeat}"
        x = layers.ReLU(name=f"{again}b_relu")(_norm(first(x), f"{again}b", fused=for_training))
        x = _norm(second(x), f"{again}c", fused=for_training)
        if gate:
            x = gated(x, gate, again)
        x = layers.ReLU(name=f"{again}_relu")(layers.Add(name=f"{again}_add")([x, entering]))
    return x


def gated(x: keras.KerasTensor, units: int, name: str) -> keras.KerasTensor:
    """``x`` (n, height, width, channels), each channel times a factor from 0 to 1.

    All channels' means decide the factors, through two dense layers with ``units`` between them.
    """
    width = x.shape[-1]
    means = layers.GlobalAveragePooling2D(name=f"{name}_squeeze")(x)
    means = layers.Dense(units, activation="relu", name=f"{name}_narrow")(means)
    factors = layers.Dense(
        width, activation="sigmoid", bias_initializer="ones", name=f"{name}_factors"
    )(means)
    factors = layers.Reshape((1, 1, width), name=f"{name}_shape")(factors)
    return layers.Multiply(name=f"{name}_gate")([x, factors])


def _convolution(width: int, name: str, strides: int = 1) -> layers.Conv2D:
    return layers.Conv2D(width, 3, strides, padding="same", use_bias=False, name=f"{name}_conv")


def _norm(x: keras.KerasTensor, name: str, *, fused: bool) -> keras.KerasTensor:
    kind = FusedBatchNormalization if fused else layers.BatchNormalization
    return kind(scale=False, momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)


def export(
    trained: keras.Model,
    net: CompactNet,
    weights: Sequence[NDArray[np.float32]],
    normalisation: Normalisation,
) -> keras.Model:
    """The float32 network for use, from the training network and its (averaged) weights.

    The normalisation goes into the stem: its deviation into the kernel, its mean into the mean that
    the norm behind subtracts. Exact, as the stem does not pad its input.
    """
    model = build(trained.input_shape[1:], trained.output_shape[-1], net, for_training=False)
    places = {variable.path: place for place, variable in enumerate(model.weights)}
    kernel_at, mean_at = places["stem_conv/kernel"], places["stem_norm/moving_mean"]
    values = list(weights)
    per_pixel = values[kernel_at] / normalisation.std[:, None]
    values[mean_at] = values[mean_at] + (per_pixel * normalisation.mean[:, None]).sum((0, 1, 2))
    values[kernel_at] = per_pixel
    model.set_weights(values)
    return model
