"""train.architectures.whitened: whitening, identity, and one function under two wirings."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from train.architectures.whitened import (
    Normalisation,
    build,
    export,
    initialise,
    smallest_side,
    whitening_kernel,
)


def pictures(shape, count=6, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def correlated(count=400, side=12):
    """Normalised pictures in which neighbours and channels resemble each other, as in photos."""
    rng = np.random.default_rng(0)
    rough = rng.normal(size=(count, side + 1, side + 1, 3))
    smooth = rough[:, 1:, 1:] + rough[:, :-1, 1:] + rough[:, 1:, :-1]
    mixing = np.array([[1, 0.8, 0.6], [0, 0.5, 0.4], [0, 0, 0.3]])
    return (smooth @ mixing).astype(np.float32)


def as_after_training(model):
    """Random weights that keep values near 1, variances above 0; what a training might leave."""
    rng = np.random.default_rng(2)
    for weight in model.weights:
        inputs = np.prod(weight.shape[:-1]) if weight.name == "kernel" else 4
        drawn = rng.normal(size=weight.shape) / np.sqrt(inputs)
        weight.assign(0.5 + drawn**2 if weight.name == "moving_variance" else drawn)
    head = model.get_layer("head").kernel
    head.assign(0.5 * rng.normal(size=head.shape))


@pytest.mark.parametrize(
    "shape", [(32, 32, 3), (21, 30, 3), (28, 28, 1)], ids=["colour", "odd sides", "grey"]
)
def test_exported_network_gives_what_the_training_network_gives(shape):
    pixels = pictures(shape)
    normalisation = Normalisation(
        np.linspace(100, 130, shape[-1], dtype=np.float32),
        np.linspace(40, 70, shape[-1], dtype=np.float32),
    )
    training = build(shape, 5, (8, 12, 16), for_training=True)
    as_after_training(training)
    logits = training.predict_on_batch(normalisation(pixels))
    exported = export(training, training.get_weights(), normalisation)
    scores = exported.predict_on_batch(pixels.astype(np.float32))
    assert 0.3 < logits.std(axis=1).mean() < 3  # scores neither all alike nor 0 and 1
    assert scores.sum(axis=1) == pytest.approx(np.ones(len(pixels)), abs=1e-5)
    # Logits up to a constant a picture are the logarithms of the scores.
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted.astype(np.float64))
    assert scores == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=2e-3)


def test_exported_network_pools_last_so_that_norms_fold():
    exported = build((32, 32, 3), 5, (8,), for_training=False)
    names = [layer.name for layer in exported.layers]
    assert names.index("stage1_pool") == names.index("stage1a_relu") + 1
    training = build((32, 32, 3), 5, (8,), for_training=True)
    names = [layer.name for layer in training.layers]
    assert names.index("stage1_pool") == names.index("stage1a_conv") + 1


def test_whitened_patches_are_uncorrelated():
    images = correlated()
    kernel = whitening_kernel(images)
    assert kernel.shape == (2, 2, 3, 24)
    responses = np.asarray(keras.ops.conv(images, kernel, padding="valid")).reshape(-1, 24)
    covariance = responses[:, :12].T @ responses[:, :12] / len(responses)
    raw = images.reshape(-1, 3)
    assert abs(np.corrcoef(raw.T)[0, 1]) > 0.5  # there was something to remove
    assert np.abs(covariance - np.eye(12)).max() < 0.02


def test_each_whitening_kernel_comes_with_its_negative():
    kernel = whitening_kernel(correlated())
    assert np.array_equal(kernel[..., :12], -kernel[..., 12:])


def test_first_filters_pass_their_channel_through():
    model = build((16, 16, 3), 2, (32, 40), for_training=True)
    initialise(model, correlated(50, 16), seed=0)
    picture = np.random.default_rng(0).normal(size=(1, 8, 8, 24)).astype(np.float32)
    out = np.asarray(model.get_layer("stage1a_conv")(picture))
    assert out[..., :24] == pytest.approx(picture, abs=1e-6)
    assert np.abs(out[..., 24:]).max() > 0
    kernels, bias = model.get_layer("whiten").get_weights()
    assert np.array_equal(kernels, whitening_kernel(correlated(50, 16)))
    assert not bias.any()


def test_whitening_kernels_are_fixed_and_their_bias_learns():
    model = build((16, 16, 3), 2, (8,), for_training=True)
    initialise(model, correlated(50, 16), seed=0)
    trainable = {w.path for w in model.trainable_weights}
    assert "whiten/kernel" not in trainable
    assert "whiten/bias" in trainable


def test_normalisation_is_that_of_the_pixels():
    two = np.array([[[[0, 7], [10, 7]]]], np.uint8)  # channel 0: 0 and 10, channel 1: always 7
    statistics = Normalisation.of(two)
    assert statistics.mean.tolist() == [5, 7]
    assert statistics.std.tolist() == [5, 1]  # never 0, which would divide
    assert statistics(two)[0, 0].tolist() == [[-1, 0], [1, 0]]
    many = pictures((20, 20, 3), 30)
    assert Normalisation.of(many).mean == pytest.approx(many.mean(axis=(0, 1, 2)), rel=1e-6)
    assert Normalisation.of(many).std == pytest.approx(many.std(axis=(0, 1, 2)), rel=1e-6)


def test_smallest_side_is_the_smallest_that_builds():
    side = smallest_side(3)
    build((side, side, 3), 2, (4, 4, 4), for_training=False)
    with pytest.raises(ValueError):
        build((side - 1, side - 1, 3), 2, (4, 4, 4), for_training=False)
