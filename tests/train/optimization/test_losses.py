"""train.optimization.losses and regularisation, against figures worked out by hand."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from train.optimization.losses import make_loss
from train.optimization.regularisation import penalise
from train.presets import PRESETS

TARGETS = np.array([[1, 0], [1, 0]], np.float32)
SCORES = np.array([[0.8, 0.2], [0.4, 0.6]], np.float32)


def loss(gamma=0.0, smoothing=0.0, from_logits=False):
    changes = {"balance.focal_gamma": gamma, "fitting.label_smoothing": smoothing}
    return make_loss(PRESETS["photos"].changed(changes), from_logits=from_logits)


def test_cross_entropy_is_the_default():
    expected = -(math.log(0.8) + math.log(0.4)) / 2
    assert float(loss()(TARGETS, SCORES)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("from_logits", [False, True])
def test_the_focal_loss_counts_less_what_is_known(from_logits):
    given = np.log(SCORES) if from_logits else SCORES
    expected = -(0.2**2 * math.log(0.8) + 0.6**2 * math.log(0.4)) / 2
    focal = loss(gamma=2.0, from_logits=from_logits)
    assert float(focal(TARGETS, given)) == pytest.approx(expected, rel=1e-4)


def test_smoothing_gives_all_classes_a_share():
    expected = -(0.9 * (math.log(0.8) + math.log(0.4)) + 0.1 * (math.log(0.2) + math.log(0.6))) / 2
    assert float(loss(smoothing=0.2)(TARGETS, SCORES)) == pytest.approx(expected, rel=1e-5)


def test_penalties_are_paid_for_kernels_alone():
    inputs = keras.Input((1,))
    dense = keras.layers.Dense(2, kernel_initializer="ones", bias_initializer="ones")
    model = keras.Model(inputs, keras.layers.BatchNormalization()(dense(inputs)))
    assert model.losses == []
    penalise(model, l1=0.0, l2=0.0)
    assert model.losses == []
    dense.kernel.assign([[-3.0, 0.5]])
    penalise(model, l1=0.1, l2=0.01)
    # 0.1 * (3 + 0.5) + 0.01 * (9 + 0.25)
    assert sum(map(float, model.losses)) == pytest.approx(0.4425)
