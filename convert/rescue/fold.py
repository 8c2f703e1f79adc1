"""Batch norms folded into the layers before them, so that weights are what TFLite quantizes.

For child processes only: imports Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from convert.rescue.graph import Graph, Step, build, plain_call, trace

Array = NDArray[np.float32]

_WEIGHTED = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)


def is_weighted(layer: Any) -> bool:
    """Whether ``layer`` is a convolution or a dense layer that this package can change."""
    # Subclasses (separable, transposed) lay out their weights in another way.
    return type(layer) in _WEIGHTED and not getattr(layer, "lora_enabled", False)


def kernel_of(layer: Any) -> Array:
    """The kernel as (height, width, inputs, outputs); a depthwise one as (h, w, outputs)."""
    kernel: Array = np.array(layer.kernel)
    return kernel.reshape(*kernel.shape[:2], -1) if _is_depthwise(layer) else kernel


def set_weights(layer: Any, kernel: Array, bias: Array) -> None:
    """Put back a kernel in the layout of ``kernel_of``, and a bias (outputs,)."""
    layer.kernel.assign(kernel.reshape(layer.kernel.shape))
    layer.bias.assign(bias)


def _is_depthwise(layer: Any) -> bool:
    return type(layer) is layers.DepthwiseConv2D


def fold(model: keras.Model) -> keras.Model:
    """A copy of ``model`` that gives the same, without the batch norms that can be folded.

    Every convolution and dense layer of the copy has a bias. Raises DataError for a model that is
    no graph of layers.
    """
    graph = trace(model)
    norms = {step.output: norm for step in graph.steps if (norm := _norm_behind(graph, step))}
    folded = {norm.output for norm in norms.values()}
    taken: set[str] = set()
    copies: dict[int, Any] = {}  # a layer that is called twice stays one

    def call(step: Step, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if step.output in folded:
            return args[0]
        if not isinstance(step.layer, layers.Layer):
            return plain_call(step, args, kwargs)
        if id(step.layer) in copies:
            return copies[id(step.layer)](*args, **kwargs)
        copy = _copy(step.layer, _free_name(step.layer.name, taken))
        output = copy(*args, **kwargs)
        if is_weighted(step.layer):
            set_weights(copy, *_folded(step.layer, norms.get(step.output)))
        else:
            copy.set_weights(step.layer.get_weights())
        copies[id(step.layer)] = copy
        return output

    return build(graph, model.input_shape[1:], call)


def _norm_behind(graph: Graph, step: Step) -> Step | None:
    """The batch norm that scales the outputs of ``step`` and nothing else, if there is one."""
    if not is_weighted(step.layer) or step.layer.activation is not keras.activations.linear:
        return None
    if sum(other.layer is step.layer for other in graph.steps) > 1:
        return None
    user = graph.only_user(step.output)
    if user is None or type(user.layer) is not layers.BatchNormalization:
        return None
    return user if user.layer.axis in (-1, len(user.layer.input.shape) - 1) else None


def _folded(layer: Any, norm: Step | None) -> tuple[Array, Array]:
    kernel = kernel_of(layer)
    bias = np.array(layer.bias) if layer.bias is not None else np.zeros(kernel.shape[-1])
    if norm is None:
        return kernel, bias.astype(np.float32)
    mean, variance = np.array(norm.layer.moving_mean), np.array(norm.layer.moving_variance)
    gamma = np.array(norm.layer.gamma) if norm.layer.scale else 1
    beta = np.array(norm.layer.beta) if norm.layer.center else 0
    scale = gamma / np.sqrt(variance + norm.layer.epsilon)
    shifted = (bias - mean) * scale + beta
    return (kernel * scale).astype(np.float32), shifted.astype(np.float32)


def _copy(layer: Any, name: str) -> Any:
    config = {**layer.get_config(), "name": name}
    if is_weighted(layer):
        config["use_bias"] = True
    # Training may have run in another precision; what is exported is float32.
    config["dtype"] = "float32"
    copy: Callable[..., Any] = type(layer).from_config(config)
    return copy


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free
