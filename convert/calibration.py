"""The representative dataset: training pictures that show the converter each layer's range."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.pictures import Pictures
from edge.preprocess import FrameToInput, to_pixels


@dataclass(frozen=True)
class Calibration:
    """The pictures that were shown, and what says exactly which."""

    pixels: NDArray[np.uint8]  # (n, height, width, channels), through edge.preprocess
    names: tuple[str, ...]
    by_class: dict[str, int]
    seed: int

    @property
    def sha256(self) -> str:
        """Hash over the pixels in order."""
        return hashlib.sha256(np.ascontiguousarray(self.pixels).data).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """What the card records."""
        return {
            "n": len(self.pixels),
            "seed": self.seed,
            "sha256": self.sha256,
            "by_class": self.by_class,
            "from": "training pictures",
        }


def choose(
    pool: Pictures, labels: tuple[str, ...], spec: FrameToInput, count: int, seed: int
) -> Calibration:
    """``count`` pictures of ``pool``, as evenly over the classes as it allows, by ``seed``."""
    rng = np.random.default_rng(seed)
    shuffled = [
        rng.permutation(np.flatnonzero(pool.class_ids == class_id))
        for class_id in range(len(labels))
    ]
    # One picture a class a round, so that a small class gives all it has before others give more.
    rounds = max(map(len, shuffled))
    dealt = [members[r] for r in range(rounds) for members in shuffled if r < len(members)]
    chosen = np.array(dealt[:count], np.int64)
    counts = np.bincount(pool.class_ids[chosen], minlength=len(labels))
    return Calibration(
        pixels=np.stack([to_pixels(pool.pixels[i], spec) for i in chosen]),
        names=tuple(pool.names[chosen].tolist()),
        by_class=dict(zip(labels, counts.tolist(), strict=True)),
        seed=seed,
    )
