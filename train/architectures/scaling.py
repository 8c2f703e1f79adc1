"""Pixels as the backbones learned them."""

from __future__ import annotations

import keras
from keras import layers

NAME = "normalise"  # the layer's


def scaled(pixels: keras.KerasTensor, factor: float, offset: float) -> keras.KerasTensor:
    """``factor * pixels + offset``, as one operator of an int8 file, with constant weights.

    The next convolution pads with zeros, so that an offset cannot go into it. Of a Rescaling layer
    the file would keep a product and a sum, the product with a range of its own: of pixels that
    become -1 to 1 a third of all grey levels would be lost.
    """
    return layers.DepthwiseConv2D(
        1,
        depthwise_initializer=keras.initializers.Constant(factor),
        bias_initializer=keras.initializers.Constant(offset),
        trainable=False,
        dtype="float32",  # what comes behind may compute in bfloat16
        name=NAME,
    )(pixels)
