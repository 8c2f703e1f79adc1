"""train.optimization.optimizers: steps against figures worked out by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from train.optimization.fast_shift_sgd import FastShiftSGD
from train.optimization.optimizers import ema_decay, make_optimizer
from train.presets import PRESETS


def test_shifts_step_further_than_the_rest():
    layer = keras.layers.BatchNormalization(
        name="norm", gamma_initializer="ones", beta_initializer="ones"
    )
    layer.build((1, 1))
    optimizer = FastShiftSGD(learning_rate=0.1, shift_boost=64.0)
    gamma_and_beta = layer.trainable_variables
    optimizer.apply([np.full(v.shape, 0.5, np.float32) for v in gamma_and_beta], gamma_and_beta)
    # 1 - 0.1 * 0.5, and 1 - 64 * 0.1 * 0.5
    assert [float(v.numpy().item()) for v in gamma_and_beta] == pytest.approx([0.95, -2.2])


def fitting(**changes):
    """The default recipe's fitting with changes."""
    return PRESETS["default"].changed({f"fitting.{n}": v for n, v in changes.items()}).fitting


def small_model():
    """A convolution, a norm and a dense layer, all of whose weights are ones."""
    inputs = keras.Input((2, 2, 1))
    x = keras.layers.Conv2D(2, 2, kernel_initializer="ones", bias_initializer="ones")(inputs)
    x = keras.layers.BatchNormalization(beta_initializer="ones")(x)
    x = keras.layers.Flatten()(x)
    outputs = keras.layers.Dense(2, kernel_initializer="ones", bias_initializer="ones")(x)
    return keras.Model(inputs, outputs)


def test_rate_and_average_follow_the_batch_size():
    for batch_size, peak in ((1000, 1.5), (500, 0.75)):
        of_batch = fitting(batch_size=batch_size, learning_rate=1.5)
        assert make_optimizer(of_batch, 100, small_model())._learning_rate.peak == peak
    assert ema_decay(fitting(batch_size=1000, ema_decay=0.99)) == pytest.approx(0.99)
    # Two half batches forget as much as one whole.
    assert ema_decay(fitting(batch_size=500, ema_decay=0.99)) ** 2 == pytest.approx(0.99)
    assert ema_decay(fitting(reference_batch=0, batch_size=500, ema_decay=0.9)) == 0.9


def test_adams_rate_is_for_any_batch():
    changes = {"optimizer": "adam", "weight_decay": 0.0, "learning_rate": 0.002, "batch_size": 10}
    optimizer = make_optimizer(fitting(**changes), 100, small_model())
    assert optimizer._learning_rate.peak == 0.002


STILL = {"schedule": "constant", "warmup": 0.0, "reference_batch": 0, "learning_rate": 0.1}


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("decay_all", [False, True])
def test_decay_spares_norms_and_biases_unless_told(optimizer, decay_all):
    model = small_model()
    wanted = {"optimizer": optimizer, "weight_decay": 0.5, "decay_all": decay_all, "momentum": 0.0}
    made = make_optimizer(fitting(**STILL, **wanted), 100, model)
    variables = model.trainable_variables
    made.apply([np.zeros(v.shape, np.float32) for v in variables], variables)
    # Without gradient only the decay acts: 1 - 0.1 * 0.5.
    for variable in variables:
        decays = decay_all or variable.name == "kernel"
        assert np.allclose(variable.numpy(), 0.95 if decays else 1.0), variable.path


def test_a_long_gradient_is_cut_over_all_weights():
    model = small_model()
    wanted = {"optimizer": "sgd", "momentum": 0.0, "weight_decay": 0.0, "shift_boost": 1.0}
    wanted |= {"clip_norm": 0.5}
    made = make_optimizer(fitting(**STILL, **wanted), 100, model)
    variables = model.trainable_variables
    count = sum(int(np.prod(v.shape)) for v in variables)
    made.apply([np.full(v.shape, 3.0, np.float32) for v in variables], variables)
    for variable in variables:  # each gradient is the same share of a length of 0.5
        assert np.allclose(variable.numpy(), 1 - 0.1 * 0.5 / count**0.5, atol=1e-6)


def test_adam_and_sgd_step_as_their_papers_say():
    for optimizer, expected in (("adam", 0.9), ("sgd", 1 - 0.1 * 0.25 * (1 + 0.5))):
        model = small_model()
        wanted = {"optimizer": optimizer, "weight_decay": 0.0, "momentum": 0.5, "shift_boost": 1.0}
        made = make_optimizer(fitting(**STILL, **wanted), 100, model)
        variables = model.trainable_variables
        made.apply([np.full(v.shape, 0.25, np.float32) for v in variables], variables)
        # Adam's first step has the length of the rate; Nesterov's adds the momentum at once.
        assert np.allclose(variables[0].numpy(), expected, atol=1e-5), optimizer
