"""train.architectures.cost: products counted by hand."""

from __future__ import annotations

import keras
from keras import layers

from train.architectures import dense, plain
from train.architectures.cost import multiply_accumulates
from train.architectures.dense import DenseNet
from train.architectures.plain import NETS


def test_the_digits_net():
    model = plain.build((28, 28, 1), 10, NETS["digits-cnn"])
    blocks = 28 * 28 * 9 * 1 * 32 + 14 * 14 * 9 * 32 * 64 + 7 * 7 * 9 * 64 * 64
    assert multiply_accumulates(model) == blocks + 3 * 3 * 64 * 64 + 64 * 10


def test_a_dense_net_uses_each_weight_once():
    model = dense.build((8, 8, 1), 3, DenseNet(dense=(5,)))
    assert multiply_accumulates(model) == 64 * 5 + 5 * 3


def test_strides_depths_and_groups():
    inputs = keras.Input((8, 8, 4))
    x = layers.Conv2D(6, 3, strides=2, groups=2, padding="same")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2)(x)
    model = keras.Model(inputs, layers.Flatten()(x))
    assert multiply_accumulates(model) == 4 * 4 * 9 * 2 * 6 + 2 * 2 * 9 * 12


def test_a_layer_that_is_applied_again_counts_again():
    inputs = keras.Input((8, 8, 4))
    again = layers.Conv2D(4, 3, padding="same")
    model = keras.Model(inputs, again(again(inputs)))
    assert multiply_accumulates(model) == 2 * 8 * 8 * 9 * 4 * 4
