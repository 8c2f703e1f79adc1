"""train.architectures.dense: a net without convolutions."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from edge.errors import UsageError
from train.architectures.dense import DenseNet, build
from train.precision import dtype_policy


def test_layers_and_parameters():
    model = build((28, 28, 1), 10, DenseNet(), dropout=0.2)
    assert not any(isinstance(layer, keras.layers.Conv2D) for layer in model.layers)
    assert model.count_params() == (784 * 512 + 512) + (512 * 512 + 512) + (512 * 10 + 10)
    assert [layer.name for layer in model.layers][3:7] == [
        *("dense1", "dense1_relu", "dense1_dropout", "dense2"),
    ]


def test_it_sees_pixels_as_shares_of_white():
    model = build((1, 2, 1), 2, DenseNet(dense=()))
    model.get_layer("head").set_weights([np.float32([[1, 0], [0, 1]]), np.zeros(2)])
    scores = model.predict_on_batch(np.float32([[[[255], [0]]]]))
    assert scores[0, 0] == pytest.approx(np.e / (np.e + 1))


def test_bfloat16_gives_float32_probabilities():
    with dtype_policy("mixed_bfloat16"):
        model = build((4, 4, 3), 3, DenseNet(dense=(5,), batch_norm=True))
    assert model.get_layer("dense1").compute_dtype == "bfloat16"
    scores = model.predict_on_batch(np.full((1, 4, 4, 3), 100.0))
    assert scores.dtype == np.float32
    assert scores.sum() == pytest.approx(1, abs=1e-6)


def test_values_that_make_no_net_are_named():
    with pytest.raises(UsageError, match="--dense: needs numbers from 1 to 8192"):
        DenseNet(dense=(512, 0)).check()
    with pytest.raises(UsageError, match=r"8000 units on 150,528 values.*give smaller pictures"):
        build((224, 224, 3), 2, DenseNet(dense=(8000,)))


def test_the_summary_tells_every_option():
    net = DenseNet(dense=(512, 256), activation="sigmoid", batch_norm=True)
    assert net.summary() == "dense 512-256, sigmoid with batch norm"
