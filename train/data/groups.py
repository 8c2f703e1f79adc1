"""Tell which pictures show one scene, so that none of them judges what another one taught.

One scene are: equal pictures; near-duplicates (edge.likeness: thumbnails that correlate by 0.97),
also in two classes where these are few; and bursts: neighbours in the order of their numbers
(IMG_0012, IMG_0013) in one folder and class that correlate by 0.8.

The bounds were chosen on pictures. 0.97: of 34 pairs among TrashNet's 2,527 photos, 22 show one
thing taken again, 12 different sheets of paper in one light; at 0.95 to 0.97 most pairs of TrashNet
are of the second kind. All of 60 pairs that were looked at in CIFAR-10 (69 among 55,007 pictures)
show one thing. No pair of two classes reaches it but three photos that are there twice. 0.8: 50 of
51 pairs of frames that are a second apart in three clips reach it, and 26 of TrashNet's 2,521 pairs
of neighbours, whose numbers follow no time; most of these show different things on one wall.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from edge.likeness import LEAST_CORRELATION, digest
from train.data.alike import Looks

LEAST_BURST = 0.8

# Not x_train[12]: arrays are shuffled, their indices follow no time.
_LAST_NUMBER = re.compile(r"(\d+)([^\d\]]*)$")
# Of two classes: a photo saved again is rare, a fixed camera makes most pictures alike.
_RARE, _FEW = 0.05, 10  # of all pictures; pictures
_MOST_COMPARED = 40_000  # pictures: a minute on two cores
_BLOCKS, _LEAST_CUT = 10, 20  # how a scene of most of a class is cut, from how many pictures on


def scenes(
    pixels: NDArray[np.uint8],
    class_ids: NDArray[np.int64],
    names: NDArray[np.str_],
    equal: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """A number (n,) for each picture, equal for pictures of one scene.

    ``pixels`` (n, height, width, channels) may be of any one size; ``equal`` (n,) are the positions
    of ``first_equal``, where the pictures were larger. In grey pictures (one channel) only equal
    ones are one scene: digits and drawings look alike without being taken again.
    """
    equal = first_equal(map(digest, pixels)) if equal is None else equal
    linked = _Linked(len(pixels))
    linked.link(np.stack([equal, np.arange(len(pixels))], axis=1))
    if pixels.shape[3] == 3 and len(pixels):
        looks = Looks(pixels)
        for class_id in np.unique(class_ids):
            linked.link(looks.pairs(LEAST_CORRELATION, np.flatnonzero(class_ids == class_id)))
        if len(pixels) <= _MOST_COMPARED:
            few = max(_FEW, int(_RARE * len(pixels)))
            linked.link(looks.crossing(LEAST_CORRELATION, class_ids, few))
        neighbours = _neighbours(class_ids, names)
        linked.link(neighbours[looks.correlations(neighbours) >= LEAST_BURST])
    return linked.numbers()


def join(scene_ids: NDArray[np.int64], keys: Iterable[str]) -> NDArray[np.int64]:
    """The scenes, with those that share a key other than "" made one."""
    linked = _Linked(len(scene_ids))
    first: dict[object, int] = {}
    pairs = []
    for position, (scene, key) in enumerate(zip(scene_ids.tolist(), keys, strict=True)):
        for mark in (scene, key) if key else (scene,):
            pairs.append((first.setdefault(mark, position), position))
    linked.link(np.array(pairs, np.int64).reshape(-1, 2))
    return linked.numbers()


def cut_large(
    scene_ids: NDArray[np.int64],
    class_ids: NDArray[np.int64],
    names: NDArray[np.str_],
    equal: NDArray[np.int64],
) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Scenes of which none is more than half a class, and (class, pictures) of each that was cut.

    A fixed camera makes one scene of a whole class, and then nothing could judge. Such a scene of
    20 pictures or more is cut into ten blocks in the order of the names, so that pictures of one
    moment stay together; those with the same number in ``equal`` (n,) do too.
    """
    result, cut = scene_ids.copy(), []
    for class_id in np.unique(class_ids):
        members = np.flatnonzero(class_ids == class_id)
        numbers, counts = np.unique(scene_ids[members], return_counts=True)
        largest = int(counts.argmax())
        if counts[largest] <= len(members) // 2 or counts[largest] < _LEAST_CUT:
            continue
        scene = members[scene_ids[members] == numbers[largest]]
        scene = scene[np.argsort([_in_order(str(names[p])) for p in scene], kind="stable")]
        for block in np.array_split(scene, _BLOCKS):
            result[block] = result.max() + 1
        cut.append((int(class_id), int(counts[largest])))
    return join(result, map(str, equal)), cut


def first_equal(digests: Iterable[bytes]) -> NDArray[np.int64]:
    """The position (n,) of the first picture of the same digest: its own where it is the first."""
    first: dict[bytes, int] = {}
    return np.array([first.setdefault(key, i) for i, key in enumerate(digests)], np.int64)


def _neighbours(class_ids: NDArray[np.int64], names: NDArray[np.str_]) -> NDArray[np.int64]:
    """Pairs (m, 2) that follow each other in the numbers of one series of names."""
    series: dict[tuple[int, str, str], list[tuple[int, int]]] = defaultdict(list)
    for position, (class_id, name) in enumerate(zip(class_ids.tolist(), names, strict=True)):
        path = PurePosixPath(str(name))
        match = _LAST_NUMBER.search(path.stem)
        if match:
            prefix = f"{path.parent}/{path.stem[: match.start()]}"
            series[class_id, prefix, match[2]].append((int(match[1]), position))
    pairs = [
        (before[1], after[1])
        for members in series.values()
        for before, after in zip(sorted(members), sorted(members)[1:], strict=False)
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _in_order(name: str) -> str:
    """A key that sorts picture2 before picture10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), name)


class _Linked:
    """Union-find over positions (R. E. Tarjan, JACM 22, 1975), with path halving."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def link(self, pairs: NDArray[np.int64]) -> None:
        for one, other in pairs.tolist():
            first, second = sorted((self._root(one), self._root(other)))
            self._parent[second] = first

    def numbers(self) -> NDArray[np.int64]:
        return np.array([self._root(p) for p in range(len(self._parent))], np.int64)

    def _root(self, position: int) -> int:
        parent = self._parent
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position
