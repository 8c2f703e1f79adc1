"""Random changes to training pictures: flips, shifts, erased squares.

Pictures stay uint8 at their size; the network never sees one pixel pattern twice in a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.augment.policy import REFERENCE_SIDE, Policy


def augment(
    pixels: NDArray[np.uint8],
    positions: NDArray[np.int64],
    policy: Policy,
    seed: int,
    epoch: int,
    fill: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """One epoch's version of a batch, same shape (n, height, width, channels).

    ``positions`` are the pictures' places in the training set, ``fill`` the colour (channels,)
    of erased squares. The same arguments give the same pictures.
    """
    rng = np.random.default_rng([seed, epoch, int(positions[0])])
    side = min(pixels.shape[1:3])
    out = pixels.copy()
    if policy.flip != "none":
        mirrored = _mirrored(positions, seed, epoch)
        out[mirrored] = out[mirrored, :, ::-1]
    if policy.shift:
        out = _shifted(out, round(policy.shift * side / REFERENCE_SIDE), rng)
    if policy.erase:
        _erase(out, round(policy.erase * side / REFERENCE_SIDE), fill, rng)
    return out


def _mirrored(positions: NDArray[np.int64], seed: int, epoch: int) -> NDArray[np.bool_]:
    """Which pictures are mirrored: a coin a picture for epoch 0, then in turn.

    Alternating shows both sides of each picture in any two epochs (arXiv:2404.00498, section 3.6).
    """
    coins = np.random.default_rng([seed]).random(int(positions.max()) + 1) < 0.5
    chosen: NDArray[np.bool_] = coins[positions] ^ (epoch % 2 == 1)
    return chosen


def _shifted(pixels: NDArray[np.uint8], reach: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each picture moved by up to ``reach`` pixels, its border reflected."""
    count, height, width, _ = pixels.shape
    padded = np.pad(pixels, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "reflect")
    top, left = rng.integers(0, 2 * reach + 1, (2, count))
    rows = (top[:, None] + np.arange(height))[:, :, None]
    columns = (left[:, None] + np.arange(width))[:, None, :]
    moved: NDArray[np.uint8] = padded[np.arange(count)[:, None, None], rows, columns]
    return moved


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
