"""Tell pictures that show the same again: equal pixels, or almost the same scene.

Near-duplicates are pictures whose thumbnails, 32x32 with the mean of each channel taken away,
correlate by 0.97 at least (normalized cross-correlation without a shift: J. P. Lewis, "Fast
Normalized Cross-Correlation", 1995). That stands another exposure, noise and compression. It pairs
22 times among TrashNet's 2,527 photos, each time the same thing taken again; once among 10,000
training pictures of CIFAR-10, in two halves; and leaves 16 of 80 frames of a clip in which a hand
takes a bottle away and brings it back.

The usual difference hash (dHash, 64 bits; N. Krawetz, "Kind of Like That", hackerfactor.com, 2013)
was tried: within its 10 bits it takes different things on one table for the same (9,947 pairs in
TrashNet), and on a plain wall the noise of a camera decides its bits. As a first rule before this
one it changed nothing in TrashNet, and let 13 more frames of that clip through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from edge.preprocess import FrameToInput, to_pixels

LEAST_CORRELATION = 0.97

_SIDE = 32  # of a thumbnail
_FIRST_ROOM = 64


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What near-duplicates have in common, (32 * 32 * channels,), of length 1.

    ``pixels`` is one picture (height, width, channels). The product of two thumbnails is their
    correlation. A single colour has no structure to compare: all is 0, and it is near to nothing.
    """
    spec = FrameToInput(width=_SIDE, height=_SIDE, channels=pixels.shape[2], crop="squash")
    small = to_pixels(pixels, spec).astype(np.float32)
    small -= small.mean((0, 1))
    structure: NDArray[np.float32] = small.ravel() / max(1.0, float(np.linalg.norm(small)))
    return structure


def near(
    some: Iterable[NDArray[np.uint8]], others: Iterable[NDArray[np.uint8]]
) -> NDArray[np.bool_]:
    """Which of ``some`` pictures are near-duplicates of one of ``others``, one at least of each."""
    ours, theirs = (np.stack([thumbnail(p) for p in pictures]) for pictures in (some, others))
    alike: NDArray[np.bool_] = ((ours @ theirs.T) >= LEAST_CORRELATION).any(axis=1)
    return alike


def digest(pixels: NDArray[np.uint8]) -> bytes:
    """Equal for equal pixels only."""
    return hashlib.sha256(np.ascontiguousarray(pixels).data).digest()


class Unique:
    """The pictures so far, none of them a duplicate or near-duplicate of another."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()
        self._count = 0
        self._seen = np.empty((0, 0), np.float32)  # thumbnails; rows from _count on are room

    def add(self, pixels: NDArray[np.uint8]) -> bool:
        """False for a picture that was there before, or almost; otherwise it is there now."""
        key = digest(pixels)
        if key in self._digests:
            return False
        new = thumbnail(pixels)
        if self._count and (self._seen[: self._count] @ new).max() >= LEAST_CORRELATION:
            return False
        self._digests.add(key)
        self._keep(new)
        return True

    def _keep(self, new: NDArray[np.float32]) -> None:
        if self._count == len(self._seen):
            more = np.empty((max(_FIRST_ROOM, self._count), len(new)), np.float32)
            self._seen = np.concatenate([self._seen, more]) if self._count else more
        self._seen[self._count] = new
        self._count += 1
