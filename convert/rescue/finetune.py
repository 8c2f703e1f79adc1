"""A short quantization-aware fine-tune: the network learns to give the float network's answers
while its weights and activations are rounded as the int8 file will round them.

Fake quantization with straight-through gradients (B. Jacob et al., arXiv:1712.05877, section 3);
ranges are learned too (S. Esser et al., arXiv:1902.08153, in spirit); the targets are the float
network's own probabilities (G. Hinton et al., arXiv:1503.02531), so no labels are needed. For child
processes only: imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from numpy.typing import NDArray

from convert.rescue.fold import is_weighted
from convert.rescue.graph import Graph, Ref, Step, plain_call, run, trace
from convert.rescue.results import Range, Tuned

_BATCH = 32
_RATE = 2e-3  # of the weights, relative to their size
_RANGE_RATE = 3.0  # how much faster the ranges' logarithms learn


class FakeQuantized:
    """The network as the int8 file computes it, with gradients."""

    def __init__(
        self, model: keras.Model, names: Mapping[Ref, str], ranges: Mapping[str, Range]
    ) -> None:
        """``names``: which of the graph's tensors the file rounds, and what it calls them."""
        self._model = model
        self._graph: Graph = trace(model)
        self._names = names
        self._start = {name: _with_zero(ranges[name]) for name in names.values()}
        self._growth = {name: keras.Variable(np.zeros(2, np.float32)) for name in names.values()}
        weighted = {id(s.layer): s.layer for s in self._graph.steps if is_weighted(s.layer)}
        self._layers = list(weighted.values())
        self._initial = {key: _parameters(layer) for key, layer in weighted.items()}
        self._moved = {
            key: [keras.Variable(np.zeros_like(value)) for value in values]
            for key, values in self._initial.items()
        }

    @property
    def variables(self) -> list[keras.Variable]:
        """Everything that training changes."""
        moved = [variable for pair in self._moved.values() for variable in pair]
        return [*moved, *self._growth.values()]

    def __call__(self, pixels: tf.Tensor) -> tf.Tensor:
        """Probabilities (n, classes) of float32 pixels (n, height, width, channels)."""
        return run(self._graph, pixels, self._call)[self._graph.output]

    def ranges(self) -> dict[str, Range]:
        """The ranges as they are now, by tensor name."""
        found = {name: self._range(name) for name in self._start}
        return {name: (float(low), float(high)) for name, (low, high) in found.items()}

    def store(self) -> None:
        """Put the weights as they are now into the model's layers."""
        for layer in self._layers:
            kernel, bias = self._parameters_now(layer)
            layer.kernel.assign(kernel)
            layer.bias.assign(bias)

    def _call(self, step: Step, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if id(step.layer) in self._moved:
            kernel, bias = self._parameters_now(step.layer)
            output = _apply(step.layer, args[0], _rounded(step.layer, kernel), bias)
        else:
            output = plain_call(step, args, kwargs)
        if step.output not in self._names:
            return output
        low, high = self._range(self._names[step.output])
        return tf.quantization.fake_quant_with_min_max_vars(output, low, high, num_bits=8)

    def _range(self, name: str) -> tuple[tf.Tensor, tf.Tensor]:
        low, high = self._start[name]
        growth = tf.exp(_RANGE_RATE * tf.convert_to_tensor(self._growth[name]))
        return low * growth[0], high * growth[1]

    def _parameters_now(self, layer: Any) -> list[tf.Tensor]:
        pairs = zip(self._initial[id(layer)], self._moved[id(layer)], strict=True)
        # Relative, so that one rate suits a first layer that reads 0 to 255 and a last one alike.
        return [value + _size(value) * tf.convert_to_tensor(moved) for value, moved in pairs]


def finetune(
    network: FakeQuantized,
    pixels: NDArray[np.uint8],
    targets: NDArray[np.float32],
    steps: int,
    seed: int,
) -> Tuned:
    """Train ``network`` for ``steps`` batches of 32 and store its weights in its model.

    ``pixels`` (n, height, width, channels) with ``targets`` (n, classes), the probabilities that
    the float network gives.
    """
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_RATE, steps))
    variables = network.variables
    optimizer.build(variables)

    @tf.function
    def train_step(batch: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = _divergence(wanted, network(batch))
        found = tape.gradient(loss, [variable.value for variable in variables])
        # A layer that the answer does not depend on has none.
        optimizer.apply(
            [
                tf.zeros_like(variable.value) if gradient is None else gradient
                for gradient, variable in zip(found, variables, strict=True)
            ]
        )
        return loss

    rng, losses = np.random.default_rng(seed), []
    for _ in range(steps):
        chosen = rng.integers(0, len(pixels), _BATCH)
        loss = train_step(tf.constant(pixels[chosen], tf.float32), tf.constant(targets[chosen]))
        losses.append(float(loss))
    network.store()
    tenth = max(1, steps // 10)
    return Tuned(network.ranges(), float(np.mean(losses[:tenth])), float(np.mean(losses[-tenth:])))


def _divergence(wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
    """Kullback-Leibler divergence of ``given`` from ``wanted``, (n, classes) each, mean, nats."""
    logs = tf.math.log(wanted + 1e-6) - tf.math.log(given + 1e-6)
    return tf.reduce_mean(tf.reduce_sum(wanted * logs, axis=-1))


def _rounded(layer: Any, kernel: tf.Tensor) -> tf.Tensor:
    """``kernel`` as int8 holds it: symmetric, one scale for each output channel."""
    if type(layer) is layers.DepthwiseConv2D:
        flat = tf.reshape(kernel, (-1, kernel.shape[2] * kernel.shape[3]))
    else:
        flat = tf.reshape(kernel, (-1, kernel.shape[-1]))
    largest = tf.stop_gradient(tf.maximum(tf.reduce_max(tf.abs(flat), axis=0), 1e-9))
    rounded = tf.quantization.fake_quant_with_min_max_vars_per_channel(
        flat, -largest, largest, num_bits=8, narrow_range=True
    )
    return tf.reshape(rounded, kernel.shape)


def _apply(layer: Any, inputs: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """What ``layer`` gives with another kernel and bias."""
    if type(layer) is layers.Dense:
        output = ops.matmul(inputs, kernel)
    else:
        depthwise = type(layer) is layers.DepthwiseConv2D
        convolve = ops.depthwise_conv if depthwise else ops.conv
        output = convolve(
            inputs,
            kernel,
            strides=layer.strides,
            padding=layer.padding,
            dilation_rate=layer.dilation_rate,
            data_format=layer.data_format,
        )
    return layer.activation(output + bias)


def _parameters(layer: Any) -> list[NDArray[np.float32]]:
    return [np.array(layer.kernel), np.array(layer.bias)]


def _size(values: NDArray[np.float32]) -> float:
    """The typical size of a weight, never 0."""
    return float(np.sqrt(np.square(values).mean())) or 1e-3


def _with_zero(limits: Range) -> Range:
    return min(limits[0], 0.0), max(limits[1], 1e-6)
