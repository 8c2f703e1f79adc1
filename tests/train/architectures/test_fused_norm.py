"""train.architectures.fused_norm: the same numbers as Keras' own layer, in training and after."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from train.architectures.fused_norm import FusedBatchNormalization

OPTIONS = {"scale": False, "momentum": 0.8, "epsilon": 1e-5}


def trained(layer, pictures, pull):
    """Outputs and the gradients of inputs and shift, after one step in training."""
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        outputs = layer(pictures, training=True)
        loss = tf.reduce_sum(tf.cast(outputs, tf.float32) * pull)
    return outputs, *tape.gradient(loss, [pictures, layer.beta])


@pytest.mark.parametrize("channels", [16, 24])
@pytest.mark.parametrize(
    "dtype, near", [("float32", 2e-3), ("mixed_bfloat16", 0.05)], ids=["float32", "bfloat16"]
)
def test_as_keras_own(channels, dtype, near):
    rng = np.random.default_rng(0)
    shape = (10, 6, 5, channels)
    numbers = rng.normal(3, 2, shape).astype(np.float32)
    pull = rng.normal(size=shape).astype(np.float32)
    kind = tf.bfloat16 if dtype == "mixed_bfloat16" else tf.float32
    results = []
    for make in (FusedBatchNormalization, keras.layers.BatchNormalization):
        layer = make(dtype=dtype, **OPTIONS)
        pictures = tf.cast(numbers, kind)
        layer.build(shape)
        layer.beta.assign(np.linspace(-1, 1, channels))
        outputs, of_inputs, of_beta = trained(layer, pictures, pull)
        assert outputs.dtype == kind
        used = layer(pictures, training=False)
        parts = [outputs, of_inputs, of_beta, layer.moving_mean, used]
        results.append([np.asarray(tf.cast(part, tf.float32)) for part in parts])
        variance = np.asarray(layer.moving_variance)
        expected = 0.8 + 0.2 * numbers.reshape(-1, channels).var(axis=0)
        np.testing.assert_allclose(variance, expected, rtol=0.02)
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=near * max(1, np.abs(theirs).max()))


def test_a_frozen_norm_keeps_its_statistics():
    layer = FusedBatchNormalization(**OPTIONS)
    layer.build((None, 4, 4, 16))
    layer.trainable = False
    layer(np.ones((2, 4, 4, 16), np.float32), training=True)
    assert not layer.moving_mean.numpy().any()
