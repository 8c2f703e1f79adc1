"""What a network costs to run: the products of its layers."""

from __future__ import annotations

import math

import keras
from keras import layers

_COUNTED = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)


def multiply_accumulates(model: keras.Model) -> int:
    """Products that one picture takes in convolutions and dense layers, each added to a sum.

    Norms fold into them, and activations, sums and pooling are a few hundredths of the work; they
    are not counted. A convolution uses each weight once at every place of its output, a layer that
    is applied again does so again.
    """
    applied = {layer["name"]: len(layer["inbound_nodes"]) for layer in model.get_config()["layers"]}
    return sum(
        applied[layer.name] * _products(layer)
        for layer in model.layers
        if isinstance(layer, _COUNTED)
    )


def _products(layer: keras.layers.Layer) -> int:
    # (n, height, width, channels) or (n, units)
    places = math.prod(layer.output.shape[1:-1])
    return int(places * math.prod(layer.kernel.shape))
