"""train.architectures.compact: the exported network gives what the trained one gave."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from edge.errors import UsageError
from train.architectures import compact
from train.architectures.compact import CompactNet
from train.architectures.normalisation import Normalisation

NET = CompactNet(stem=4, widths=(6, 8), repeats=(1, 2), gate=0)
GATED = replace(NET, gate=3)


def unlike(model):
    """Weights that no two layers have in common, variances above 0."""
    rng = np.random.default_rng(3)
    return [
        (abs(v) + 0.5 if "variance" in variable.path else v).astype(np.float32)
        for variable in model.weights
        for v in [rng.normal(size=variable.shape)]
    ]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("net", [NET, GATED])
def test_export_takes_pixels_and_gives_probabilities(net, channels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (7, 14, 11, channels)).astype(np.uint8)
    normalisation = Normalisation.of(pixels)
    trained = compact.build((14, 11, channels), 5, net, for_training=True)
    weights = unlike(trained)
    trained.set_weights(weights)
    logits = trained.predict(normalisation(pixels), verbose=0)
    model = compact.export(trained, net, weights, normalisation)
    expected = np.asarray(keras.ops.softmax(logits))
    np.testing.assert_allclose(
        model.predict(pixels.astype(np.float32), verbose=0), expected, atol=2e-4
    )


def test_repeats_make_it_deeper_and_share_their_kernels():
    once = compact.build((16, 16, 3), 5, replace(NET, repeats=(1, 1)), for_training=True)
    twice = compact.build((16, 16, 3), 5, NET, for_training=True)
    # Two norms more, of 8 channels: shift, mean and variance.
    assert twice.count_params() - once.count_params() == 2 * 3 * 8
    assert len([x for x in twice.layers if isinstance(x, keras.layers.Add)]) == 3


def test_each_block_of_the_last_stage_has_a_gate_of_its_own():
    model = compact.build((16, 16, 3), 5, GATED, for_training=True)
    plain = compact.build((16, 16, 3), 5, NET, for_training=True)
    # Two dense layers with biases: 8 means to 3 units to 8 factors.
    assert model.count_params() - plain.count_params() == 2 * (8 * 3 + 3 + 3 * 8 + 8)
    gates = [layer for layer in model.layers if isinstance(layer, keras.layers.Multiply)]
    assert [gate.name for gate in gates] == ["stage2_1_gate", "stage2_2_gate"]


def test_a_gate_multiplies_channels_by_factors_of_the_picture():
    inputs = keras.Input((2, 2, 3))
    model = keras.Model(inputs, compact.gated(inputs, 1, "gate"))
    narrow = [np.array([[1.0], [2.0], [0.0]]), np.array([-1.0])]
    factors = [np.array([[1.0, 0.0, -1.0]]), np.array([0.0, 0.0, 3.0])]
    model.set_weights([*narrow, *factors])
    x = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
    unit = max(0.0, 4.5 * 1 + 5.5 * 2 - 1)  # the channels' means are 4.5, 5.5 and 6.5
    expected = x / (1 + np.exp(-np.array([unit, 0, 3 - unit])))
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "net", [CompactNet(stem=0), CompactNet(widths=()), CompactNet(widths=(8,)),
            CompactNet(widths=(8, 0)), CompactNet(gate=-1), CompactNet(widths=(8, 2049)),
            CompactNet(widths=(1,) * 9, repeats=(1,) * 9), CompactNet(repeats=(1, 33)),
            CompactNet(stem=2049),
            CompactNet(gate=2049)],
)  # fmt: skip
def test_forms_that_make_no_network(net):
    with pytest.raises(UsageError):
        net.check()


def test_the_smallest_side_builds():
    side = compact.smallest_side(NET)
    model = compact.build((side, side, 1), 2, NET, for_training=False)
    assert model.output_shape == (None, 2)
