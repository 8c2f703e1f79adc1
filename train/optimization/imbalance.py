"""Classes of unequal size: weights of their pictures, or how often an epoch shows each.

Everything leaves the mean weight at 1, so that the learning rate keeps its meaning.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train.recipe import BalanceMethod

_BETA = 0.999  # of the effective number of samples
_LITTLE = 0.1  # of the pictures: an epoch of less hardly shows what is there
_NEARLY_ALL = 0.9  # of the pictures: an epoch that shows less is told of


def class_weights(
    class_ids: NDArray[np.int64], classes: int, method: BalanceMethod
) -> NDArray[np.float32] | None:
    """The weight of each class (classes,), with mean 1 over the pictures; None: all the same.

    ``weights``: the inverse of the class' count. ``effective``: the inverse of its effective
    number of samples, (1 - beta^n) / (1 - beta) (arXiv:1901.05555), which spares the rare classes
    some of that.
    """
    counts = np.bincount(class_ids, minlength=classes).astype(np.float64)
    if method == "weights":
        rarity = 1 / np.maximum(counts, 1)
    elif method == "effective":
        rarity = (1 - _BETA) / (1 - _BETA ** np.maximum(counts, 1))
    else:
        return None
    weights: NDArray[np.float64] = rarity * counts.sum() / (rarity * counts).sum()
    return weights.astype(np.float32)


def epoch_size(class_ids: NDArray[np.int64], method: BalanceMethod) -> int:
    """How many pictures an epoch shows."""
    counts = _counts(class_ids)
    if method == "oversample":
        return int(counts.max() * len(counts))
    if method == "undersample":
        return int(counts.min() * len(counts))
    return len(class_ids)


def batches_per_epoch(class_ids: NDArray[np.int64], method: BalanceMethod, batch_size: int) -> int:
    """Full batches an epoch; a data set smaller than one batch gives one, partly filled."""
    return max(1, epoch_size(class_ids, method) // batch_size)


def epoch_positions(
    class_ids: NDArray[np.int64], method: BalanceMethod, seed: int, epoch: int
) -> NDArray[np.int64]:
    """Which pictures an epoch shows, shuffled; the same arguments give the same ones.

    ``oversample`` repeats those of the smaller classes until all have as many as the largest; the
    n-th repetition of the picture at p is numbered p + n * len(class_ids). ``undersample`` takes
    as many of each class as the smallest has, others each epoch.
    """
    rng = np.random.default_rng([seed, epoch])
    if method not in ("oversample", "undersample"):
        return rng.permutation(len(class_ids))
    counts = _counts(class_ids)
    wanted = int(counts.max() if method == "oversample" else counts.min())
    chosen = []
    for class_id in np.unique(class_ids):
        members = np.flatnonzero(class_ids == class_id)
        whole, rest = divmod(wanted, len(members))
        chosen += [members + copy * len(class_ids) for copy in range(whole)]
        chosen += [rng.permutation(members)[:rest] + whole * len(class_ids)]
    return rng.permutation(np.concatenate(chosen))


def describe_epoch(
    class_ids: NDArray[np.int64], labels: Sequence[str], method: BalanceMethod, batch_size: int
) -> str:
    """A line on what an epoch shows, where that is not each picture once, or nearly; else nothing.

    What does not fill a batch is left out, other pictures each epoch.
    """
    wanted = epoch_size(class_ids, method)
    size = min(wanted, batches_per_epoch(class_ids, method, batch_size) * batch_size)
    if method not in ("oversample", "undersample"):
        if size >= _NEARLY_ALL * wanted:
            return ""
        return (
            f"an epoch shows {size:,} of {wanted:,} pictures, others each time: whole batches of"
            f" {batch_size}; a smaller --batch-size shows more"
        )
    counts = _counts(class_ids)
    rarest = labels[int(np.unique(class_ids)[counts.argmin()])]
    fewest = int(counts.min())
    if method == "oversample":
        times = counts.max() / fewest
        return f"oversample: an epoch shows {size:,}, those of {rarest} ({fewest:,}) x {times:.1f}"
    line = (
        f"undersample: an epoch shows {size:,} of {len(class_ids):,},"
        f" as many of each class as {rarest} has ({fewest:,})"
    )
    if size < _LITTLE * len(class_ids):
        line += "; that is little: add pictures of it, or take --balance oversample"
    return line


def _counts(class_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pictures of each class that has any."""
    return np.unique(class_ids, return_counts=True)[1]
