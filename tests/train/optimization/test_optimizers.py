"""train.optimizer: rates and steps against figures worked out by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from train.optimizer import FastShiftSGD, Triangle, average_decay, make_optimizer

from train.recipe import Recipe


@pytest.mark.parametrize(
    "step, rate",
    [
        pytest.param(0, 0.4, id="starts at a fifth of 2"),
        pytest.param(10, 1.2, id="half way up: between 0.4 and 2"),
        pytest.param(20, 2.0, id="the peak"),
        pytest.param(60, 1.1, id="half way down: between 2 and 0.2"),
        pytest.param(100, 0.2, id="ends at a tenth"),
    ],
)
def test_triangle(step, rate):
    triangle = Triangle(peak=2.0, steps=100, warmup=0.2, start=0.2, end=0.1)
    assert float(triangle(step)) == pytest.approx(rate, rel=1e-6)


def test_a_triangle_is_made_again_from_its_config():
    triangle = Triangle(peak=2.0, steps=100, warmup=0.2, start=0.2, end=0.1)
    again = Triangle.from_config(triangle.get_config())
    assert float(again(37)) == float(triangle(37))


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


def test_rate_and_average_follow_the_batch_size():
    whole = make_optimizer(Recipe(batch_size=1000, learning_rate=1.5), 100)
    half = make_optimizer(Recipe(batch_size=500, learning_rate=1.5), 100)
    assert whole._learning_rate.peak == pytest.approx(1.5)
    assert half._learning_rate.peak == pytest.approx(0.75)
    assert average_decay(Recipe(batch_size=1000, average_decay=0.99)) == pytest.approx(0.99)
    # Two half batches forget as much as one whole.
    assert average_decay(Recipe(batch_size=500, average_decay=0.99)) ** 2 == pytest.approx(0.99)
