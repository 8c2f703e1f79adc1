"""Choose the representative pictures: even over the classes, by a seed, none of them twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convert.pictures import Pictures
from edge.likeness import Unique
from edge.preprocess import FrameToInput, to_pixels

TRAINING = "training pictures"  # the origin of a run's own pool


@dataclass(frozen=True)
class Calibration:
    """The pictures that are shown, and what says exactly which."""

    pixels: NDArray[np.uint8]  # (n, height, width, channels), through edge.preprocess
    names: tuple[str, ...]
    by_class: dict[str, int]  # every label of the model, those without a picture too
    seed: int
    origin: str = TRAINING  # TRAINING, or the folder or file that they come from
    duplicates: int = 0  # pictures left out because an (almost) equal one was chosen before
    sizes: NDArray[np.int64] | None = None  # (n, 2), width and height before ``pixels``

    @property
    def sha256(self) -> str:
        """Hash over the pixels in order."""
        return hashlib.sha256(np.ascontiguousarray(self.pixels).data).hexdigest()

    @property
    def unlabelled(self) -> int:
        """How many pictures have no known class."""
        return len(self.pixels) - sum(self.by_class.values())

    def to_json(self) -> dict[str, Any]:
        """What the card records; the names themselves, long as they are, stay in the report."""
        return {
            "n": len(self.pixels),
            "seed": self.seed,
            "sha256": self.sha256,
            "names_sha256": hashlib.sha256("\n".join(self.names).encode()).hexdigest(),
            "by_class": self.by_class,
            "unlabelled": self.unlabelled,
            "duplicates_left_out": self.duplicates,
            "from": self.origin,
        }


def choose(
    pool: Pictures,
    labels: tuple[str, ...],
    spec: FrameToInput,
    count: int,
    seed: int,
    origin: str = TRAINING,
) -> Calibration:
    """``count`` pictures of ``pool``, as evenly over the classes as it allows, by ``seed``.

    Pictures of unknown class are dealt as one more class. One that equals another that was chosen
    before, or almost does (edge.likeness), is left out, and the next of its class
    takes its place. ``pool`` holds one picture at least.
    """
    rng = np.random.default_rng(seed)
    classes = (*range(len(labels)), -1)
    members = [rng.permutation(np.flatnonzero(pool.class_ids == class_id)) for class_id in classes]
    dealer = _Dealer(pool, spec)
    dealt = list(islice(dealer.deal(members), count))
    positions = np.array([position for position, _ in dealt], np.int64)
    class_ids = pool.class_ids[positions]
    counts = np.bincount(class_ids[class_ids >= 0], minlength=len(labels))
    height, width = pool.pixels.shape[1:3]
    sizes = np.tile(np.array([width, height]), (len(pool), 1)) if pool.sizes is None else pool.sizes
    return Calibration(
        pixels=np.stack([pixels for _, pixels in dealt]),
        names=tuple(pool.names[positions].tolist()),
        by_class=dict(zip(labels, counts.tolist(), strict=True)),
        seed=seed,
        origin=origin,
        duplicates=dealer.duplicates,
        sizes=sizes[positions],
    )


class _Dealer:
    """Deals the pictures of ``pool`` that equal none before; ``duplicates`` counts the others."""

    def __init__(self, pool: Pictures, spec: FrameToInput) -> None:
        self.duplicates = 0
        self._pool, self._spec = pool, spec
        self._unique = Unique()

    def deal(self, members: list[NDArray[np.int64]]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Positions with their pixels, one of each class a round.

        So a small class gives all it has before others give more.
        """
        queues = [self._fresh(positions) for positions in members]
        while queues:
            for queue in tuple(queues):
                dealt = next(queue, None)
                if dealt is None:
                    queues.remove(queue)
                else:
                    yield dealt

    def _fresh(self, positions: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        for position in positions.tolist():
            pixels = to_pixels(self._pool.pixels[position], self._spec)
            if self._unique.add(pixels):
                yield position, pixels
            else:
                self.duplicates += 1
