"""Random changes to training pictures, as a policy asks for them.

Pictures stay uint8 at their size; the network never sees one pixel pattern twice in a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.augment import geometry, lens, light, sensor
from train.augment.draws import Draws
from train.augment.policy import REFERENCE_SIDE, Policy


def augment(
    pixels: NDArray[np.uint8],
    positions: NDArray[np.int64],
    policy: Policy,
    seed: int,
    epoch: int,
    fill: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """One epoch's version of a batch, same shape (n, height, width, channels), 1 or 3 channels.

    ``positions`` are the pictures' places in the training set, ``fill`` the colour (channels,)
    of erased squares. The same arguments give the same pictures. In grey pictures nothing happens
    to colours. What mixes pictures is in train.augment.mixing.
    """
    rng = np.random.default_rng([seed, epoch, int(positions[0])])
    draws = Draws(seed, epoch, positions)
    side = min(pixels.shape[1:3])
    out = pixels.copy()
    geometry.flip(out, positions, policy.flip, seed, epoch)
    if policy.warps:
        geometry.warp(out, policy, draws)
    elif policy.shift:
        out = geometry.shifted(out, round(policy.shift * side / REFERENCE_SIDE), rng)
    if policy.erase:
        _erase(out, round(policy.erase * side / REFERENCE_SIDE), fill, rng)
    lens.blur(out, policy, draws)
    light.shade(out, policy, draws)
    light.recolour(out, policy, draws)
    sensor.add_noise(out, policy, draws, seed)
    sensor.compress(out, policy, draws)
    return out


def _erase(
    pixels: NDArray[np.uint8], side: int, fill: NDArray[np.uint8], rng: np.random.Generator
) -> None:
    """Paint a square of ``side`` pixels in each picture (Cutout, arXiv:1708.04552), in place."""
    count, height, width, _ = pixels.shape
    top = rng.integers(0, height - side + 1, count)[:, None]
    left = rng.integers(0, width - side + 1, count)[:, None]
    rows, columns = np.arange(height), np.arange(width)
    in_rows = (rows >= top) & (rows < top + side)
    in_columns = (columns >= left) & (columns < left + side)
    pixels[in_rows[:, :, None] & in_columns[:, None, :]] = fill
