"""train.optimization.muon: steps are orthogonal, filters keep their length, the rest is SGD."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from edge.errors import UsageError
from train.optimization.fast_shift_sgd import FastShiftSGD
from train.optimization.muon import Muon, orthogonal
from train.presets import PRESETS


@pytest.mark.parametrize("shape", [(40, 8), (8, 40), (16, 16)])
def test_a_step_turns_all_directions_about_equally(shape):
    rng = np.random.default_rng(0)
    # Singular values from 1 to 0.1; of the step they are to be near to 1.
    u, _, v = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    matrix = (u * np.linspace(1, 0.1, min(shape))) @ v
    step = np.asarray(orthogonal(matrix.astype(np.float32)))
    assert step.shape == shape
    values = np.linalg.svd(step, compute_uv=False)
    assert values.min() > 0.4 and values.max() < 1.4
    # and in the directions of the matrix
    assert np.trace(step.T @ (u @ v)) / min(shape) == pytest.approx(values.mean(), abs=0.05)


def test_no_gradient_is_no_step():
    assert not np.asarray(orthogonal(np.zeros((6, 3), np.float32))).any()


def steps(optimizer, variables, count=5):
    rng = np.random.default_rng(1)
    optimizer.build(variables)
    for _ in range(count):
        gradients = [rng.normal(size=v.shape).astype(np.float32) for v in variables]
        optimizer.apply_gradients(zip(gradients, variables, strict=True))


def test_filters_keep_their_length_and_turn():
    kernel = keras.Variable(np.random.default_rng(0).normal(size=(3, 3, 4, 8)) * 7, dtype="float32")
    before = kernel.numpy() / np.linalg.norm(kernel.numpy())
    steps(Muon(0.5, filter_share=0.2, filter_momentum=0.6, momentum=0.85), [kernel])
    after = kernel.numpy()
    # 8 filters of length 1, and the last step of 0.1 * sqrt(8)
    assert np.linalg.norm(after) == pytest.approx(8**0.5, rel=0.15)
    assert 0.5 < (after * before).sum() / np.linalg.norm(after) < 0.99


def test_all_but_filters_learn_as_by_sgd():
    def variables():
        return [keras.Variable(np.ones((5, 3))), keras.Variable(np.ones(3), name="beta")]

    ours, theirs = variables(), variables()
    common = {"momentum": 0.85, "nesterov": True, "shift_boost": 64.0}
    steps(Muon(1e-3, filter_share=1.0, filter_momentum=0.6, **common), ours)
    steps(FastShiftSGD(1e-3, **common), theirs)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine.numpy(), other.numpy())


def test_a_network_without_norms_is_refused():
    with pytest.raises(UsageError, match="--optimizer: muon needs a norm"):
        PRESETS["textbook"].changed({"fitting.optimizer": "muon"}).check()
