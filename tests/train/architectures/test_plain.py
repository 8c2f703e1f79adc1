"""train.architectures.plain: the textbooks' sizes, and a form for every option."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from edge.errors import UsageError
from train.architectures.plain import NETS, PlainNet, build, smallest_side
from train.precision import dtype_policy

GREY, COLOUR = (28, 28, 1), (32, 32, 3)
SMALL = PlainNet(widths=(4, 6), dense=(5,))


def names(model):
    return [layer.name for layer in model.layers]


@pytest.mark.parametrize(
    "name, shape, parameters",
    [
        # Kernels and biases: 9*1*32+32, 9*32*64+64, 9*64*64+64, 3*3*64*64+64, 64*10+10.
        ("digits-cnn", GREY, 320 + 18_496 + 36_928 + 36_928 + 650),
        ("cifar-cnn", COLOUR, 896 + 18_496 + 36_928 + 65_600 + 650),
        ("wide-cnn", COLOUR, 896 + 18_496 + 73_856 + 1_049_088 + 5_130),
    ],
)
def test_the_textbooks_nets_have_their_parameters(name, shape, parameters):
    assert build(shape, 10, NETS[name]).count_params() == parameters


def test_layers_are_named_by_block():
    assert names(build(GREY, 3, SMALL, dropout=0.5)) == [
        *("pixels", "scale"),
        *("block1_conv1", "block1_conv1_relu", "block1_pool"),
        *("block2_conv1", "block2_conv1_relu", "block2_pool"),
        *("flatten", "dense1", "dense1_relu", "dense1_dropout", "head", "probabilities"),
    ]


def test_a_norm_stands_right_behind_its_layer_and_replaces_its_bias():
    model = build(GREY, 3, PlainNet(widths=(4,), dense=(5,), batch_norm=True, residual=True))
    for name in ("block1_conv1", "block1_shortcut", "dense1"):
        (node,) = model.get_layer(name)._outbound_nodes
        assert node.operation.name == f"{name}_norm"
        assert not model.get_layer(name).use_bias


def test_a_shortcut_carries_a_block_past_its_convolutions():
    net = PlainNet(widths=(4, 4), dense=(), residual=True, depth=2)
    model = build((8, 8, 1), 3, net)
    assert "block1_shortcut" in names(model)  # one channel cannot be added to four
    assert "block2_shortcut" not in names(model)
    for number in (1, 2):
        model.get_layer(f"block2_conv{number}").set_weights([np.zeros((3, 3, 4, 4)), np.zeros(4)])
    ends = [model.get_layer(name).output for name in ("block1_pool", "block2_add_relu")]
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1)).astype(np.float32)
    before, after = keras.Model(model.input, ends).predict_on_batch(pixels)
    assert before.max() > 0
    assert np.array_equal(before, after)


@pytest.mark.parametrize(
    "pooling, expected", [("max", 200 / 255), ("average", (100 + 200 + 0 + 20) / 4 / 255)]
)
def test_pooling_is_of_two_by_two_pixels(pooling, expected):
    model = build((2, 2, 1), 2, PlainNet(widths=(1,), dense=(), pooling=pooling))
    passing = np.zeros((3, 3, 1, 1))
    passing[1, 1] = 1
    model.get_layer("block1_conv1").set_weights([passing, np.zeros(1)])
    pooled = keras.Model(model.input, model.get_layer("block1_pool").output)
    pixels = np.float32([[100, 200], [0, 20]]).reshape(1, 2, 2, 1)
    assert pooled.predict_on_batch(pixels).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    "activation, expected",
    [("relu", 8.0), ("relu6", 6.0), ("sigmoid", 1 / (1 + np.exp(-8))), ("tanh", np.tanh(8))],
)
def test_activations_are_what_they_are_called(activation, expected):
    model = build((2, 2, 1), 2, PlainNet(widths=(1,), dense=(), activation=activation))
    model.get_layer("block1_conv1").set_weights([np.zeros((3, 3, 1, 1)), np.full(1, 8.0)])
    pooled = keras.Model(model.input, model.get_layer("block1_pool").output)
    assert pooled.predict_on_batch(np.zeros((1, 2, 2, 1))).item() == pytest.approx(expected)


def test_penalties_are_of_every_kernel_and_of_nothing_else():
    model = build((8, 8, 1), 3, PlainNet(widths=(2,), dense=(4,), batch_norm=True), l1=0.1, l2=0.01)
    kernels = [weight.numpy() for weight in model.weights if weight.name == "kernel"]
    assert len(kernels) == 3
    expected = sum(0.1 * np.abs(kernel).sum() + 0.01 * (kernel**2).sum() for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    assert not build((8, 8, 1), 3, SMALL).losses


def test_dropout_without_a_hidden_layer_is_of_the_last_blocks_outputs():
    model = build((8, 8, 1), 3, PlainNet(widths=(2,), dense=()), dropout=0.5)
    assert names(model)[-4:] == ["flatten", "dropout", "head", "probabilities"]
    assert model.get_layer("dropout").rate == 0.5


def test_bfloat16_gives_float32_probabilities_and_takes_the_same_weights():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype(np.float32)
    net = PlainNet(widths=(4, 6), dense=(5,), batch_norm=True)
    plain = build((16, 16, 3), 3, net)
    with dtype_policy("mixed_bfloat16"):
        mixed = build((16, 16, 3), 3, net)
    assert mixed.get_layer("block2_conv1").compute_dtype == "bfloat16"
    mixed.set_weights(plain.get_weights())
    scores = mixed.predict_on_batch(pixels)
    assert scores.dtype == np.float32
    assert scores.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    assert scores == pytest.approx(plain.predict_on_batch(pixels), abs=0.02)


@pytest.mark.parametrize("blocks", [1, 3])
def test_smallest_side_is_the_smallest_that_builds(blocks):
    net = PlainNet(widths=(2,) * blocks, dense=())
    side = smallest_side(net)
    build((side, side, 1), 2, net)
    with pytest.raises(ValueError):
        build((side - 1, side, 1), 2, net)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"widths": ()}, "--widths: needs 1 to 8 numbers"),
        ({"widths": (32,) * 9}, "--widths: needs 1 to 8 numbers"),
        ({"widths": (32, 0)}, "--widths: needs numbers from 1 to 4096"),
        ({"widths": (3264,) * 2 + (5000,)}, "--widths: needs numbers from 1 to 4096"),
        ({"dense": (0,)}, "--dense: needs numbers from 1 to 8192"),
        ({"dense": (64, -1)}, "--dense: needs numbers from 1 to 8192"),
        ({"depth": 0}, "--depth: must be from 1 to 16"),
    ],
)
def test_values_that_make_no_net_are_named(changes, told):
    with pytest.raises(UsageError, match=told):
        PlainNet(**changes).check()


def test_a_dense_layer_that_no_memory_holds_is_named():
    # 1000 / 8 = 125 pixels a side: 125 * 125 * 64 values for 512 units.
    with pytest.raises(UsageError, match=r"512 units on 1,000,000 values are 512,000,000 weights"):
        build((1000, 1000, 3), 2, PlainNet(dense=(512,)))


def test_the_summary_tells_every_option():
    net = PlainNet((8, 16), (), "tanh", "average", batch_norm=True, residual=True, depth=2)
    assert net.summary() == (
        "conv 8-16 2 times each, residual, no hidden dense layer, tanh with batch norm,"
        " average pooling"
    )
    assert NETS["wide-cnn"].summary() == "conv 32-64-128, dense 512, relu, max pooling"
