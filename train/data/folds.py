"""Stand-in until the data's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from train.data.dataset import Dataset, Images
from train.data.source import load


def fold_datasets(source: str, *, folds: int, size: int, seed: int) -> Iterator[Dataset]:
    """Every picture in exactly one test part."""
    data = load(source, size=size, seed=seed)
    parts = (data.train, data.validation, data.test)
    whole = Images(
        *(np.concatenate([getattr(p, n) for p in parts]) for n in ("pixels", "class_ids", "names"))
    )
    order = np.random.default_rng(seed).permutation(len(whole))
    for number in range(folds):
        test = order[number::folds]
        rest = np.setdiff1d(order, test)
        yield replace(
            data, train=whole.take(rest[len(rest) // 10 :]),
            validation=whole.take(rest[: len(rest) // 10]), test=whole.take(test),
        )  # fmt: skip
