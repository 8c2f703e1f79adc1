"""train.augment.mixing: targets follow the pixels, and sum to one."""

from __future__ import annotations

import numpy as np
import pytest

from train.augment.mixing import mix
from train.augment.policy import Policy

COUNT = 200


def batch():
    """Pictures of one value each, their own number, and as many classes."""
    numbers = np.arange(COUNT, dtype=np.float32)
    inputs = np.broadcast_to(numbers[:, None, None, None], (COUNT, 12, 10, 3)).copy()
    return inputs, np.eye(COUNT, dtype=np.float32)


def mixed(policy, seed=0):
    inputs, targets = batch()
    before = inputs.copy(), targets.copy()
    out = mix(inputs, targets, policy, np.random.default_rng(seed))
    assert np.array_equal(inputs, before[0])
    assert np.array_equal(targets, before[1])
    return out


def test_without_mixing_the_arguments_come_back():
    inputs, targets = batch()
    out = mix(inputs, targets, Policy(), np.random.default_rng(0))
    assert out[0] is inputs
    assert out[1] is targets


@pytest.mark.parametrize(
    "policy", [Policy(mixup=0.4), Policy(cutmix=1), Policy(mixup=0.4, cutmix=1)], ids=str
)
def test_targets_are_the_shares_of_the_pixels(policy):
    inputs, targets = mixed(policy)
    assert (inputs.dtype, targets.dtype) == (np.float32, np.float32)
    assert np.allclose(targets.sum(1), 1, atol=1e-5)
    assert targets.min() >= 0
    # Each picture holds its own number everywhere, so its mean is what the targets say.
    assert np.allclose(inputs.mean((1, 2, 3)), targets @ np.arange(COUNT), atol=0.05)
    assert (np.count_nonzero(targets, axis=1) <= 2).all()
    assert (np.count_nonzero(targets, axis=0) <= 2).all()  # itself, and partner of one


def test_mixup_lays_over_and_cutmix_pastes_a_box():
    laid, _ = mixed(Policy(mixup=1))
    assert np.ptp(laid, axis=(1, 2)).max() < 1e-3  # one value still
    pasted, targets = mixed(Policy(cutmix=1))
    for number, picture in enumerate(pasted[..., 0]):
        assert set(np.unique(picture)) <= set(np.flatnonzero(targets[number]))
        rows, columns = np.nonzero(picture != number)
        if len(rows):
            box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
            assert len(rows) == box  # a full rectangle


def test_with_both_a_coin_decides():
    inputs, _ = mixed(Policy(mixup=1, cutmix=1))
    values = [len(np.unique(picture)) for picture in inputs[..., 0]]
    mixed_values = [(inputs[i, 0, 0, 0] % 1 != 0) for i in range(COUNT)]
    assert 60 < sum(mixed_values) < 140  # laid over
    assert max(values) == 2


def test_shares_are_uniform_at_alpha_1_and_extreme_at_a_small_one():
    even = mixed(Policy(mixup=1))[1].max(1)
    extreme = mixed(Policy(mixup=0.1))[1].max(1)
    assert 0.7 < even.mean() < 0.8
    assert extreme.mean() > 0.9


def test_the_same_generator_gives_the_same_mix():
    policy = Policy(mixup=0.4, cutmix=1)
    assert np.array_equal(mixed(policy)[0], mixed(policy)[0])
    assert not np.array_equal(mixed(policy)[0], mixed(policy, seed=1)[0])
