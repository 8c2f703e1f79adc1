"""Two pictures in one, and their classes in proportion: mixup and CutMix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.augment.policy import Policy


def mix(
    inputs: NDArray[np.float32],
    targets: NDArray[np.float32],
    policy: Policy,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Inputs (n, height, width, channels) and targets (n, classes), each mixed with another's.

    ``policy.mixup`` and ``policy.cutmix`` are the alpha of the Beta distribution that the shares
    come from; with both, a coin decides for each picture. Every picture is partner once, so the
    targets keep their sums. Returns the arguments themselves when the policy does not mix.
    """
    if not policy.mixes:
        return inputs, targets
    partners = rng.permutation(len(inputs))
    cuts = np.full(len(inputs), bool(policy.cutmix))
    if policy.mixup and policy.cutmix:
        cuts = rng.random(len(inputs)) < 0.5
    shares = np.ones(len(inputs), np.float32)
    mixed = inputs.copy()
    if policy.mixup:
        shares[~cuts] = _lay_over(mixed, inputs[partners], ~cuts, policy.mixup, rng)
    if policy.cutmix:
        shares[cuts] = _paste(mixed, inputs[partners], cuts, policy.cutmix, rng)
    kept = shares[:, None]
    return mixed, kept * targets + (1 - kept) * targets[partners]


def _lay_over(
    inputs: NDArray[np.float32],
    others: NDArray[np.float32],
    chosen: NDArray[np.bool_],
    alpha: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Mixup (Zhang et al., arXiv:1710.09412) of the chosen, in place; the shares that are kept."""
    kept = rng.beta(alpha, alpha, int(chosen.sum())).astype(np.float32)
    share = kept[:, None, None, None]
    inputs[chosen] = share * inputs[chosen] + (1 - share) * others[chosen]
    return kept


def _paste(
    inputs: NDArray[np.float32],
    others: NDArray[np.float32],
    chosen: NDArray[np.bool_],
    alpha: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """CutMix (Yun et al., arXiv:1905.04899) of the chosen, in place; the shares that are kept."""
    height, width = inputs.shape[1:3]
    sides = np.sqrt(1 - rng.beta(alpha, alpha, int(chosen.sum())))
    inside = _in_range(height, sides, rng)[:, :, None] & _in_range(width, sides, rng)[:, None, :]
    inputs[chosen] = np.where(inside[..., None], others[chosen], inputs[chosen])
    # The box may end at the border, so its share is counted, not drawn.
    kept: NDArray[np.float32] = 1 - inside.mean((1, 2), dtype=np.float32)
    return kept


def _in_range(
    length: int, shares: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which rows or columns (n, length) a box covers whose middle lies anywhere."""
    middle = rng.integers(0, length, len(shares))
    start = np.rint(middle - shares * length / 2)[:, None]
    end = np.rint(middle + shares * length / 2)[:, None]
    places = np.arange(length)
    covered: NDArray[np.bool_] = (places >= start) & (places < end)
    return covered
