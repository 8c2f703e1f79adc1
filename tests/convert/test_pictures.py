"""convert.pictures: held-out pictures in two halves."""

from __future__ import annotations

import numpy as np
import pytest

from convert.pictures import Pictures, halves
from edge.errors import DataError


def pictures(*counts):
    """So many of each class, each with its number as its only value."""
    class_ids = np.repeat(np.arange(len(counts)), counts)
    numbers = np.arange(len(class_ids))
    pixels = np.broadcast_to(numbers[:, None, None, None], (len(numbers), 2, 2, 1)).astype(np.uint8)
    return Pictures(pixels, class_ids, np.array([f"picture {i}" for i in numbers]))


def test_each_half_has_half_of_each_class():
    first, second = halves(pictures(10, 20, 4), seed=0)
    for half in (first, second):
        assert np.bincount(half.class_ids).tolist() == [5, 10, 2]


def test_every_picture_is_in_one_half_with_its_own_name_and_class():
    whole = pictures(7, 1, 1, 12)
    parts = halves(whole, seed=0)
    assert abs(len(parts[0]) - len(parts[1])) == 1
    together = np.concatenate([part.names for part in parts])
    assert sorted(together) == sorted(whole.names)
    for part in parts:
        for pixels, class_id, name in zip(part.pixels, part.class_ids, part.names, strict=True):
            number = int(name.split()[1])
            assert (pixels == number).all()
            assert class_id == whole.class_ids[number]


def test_the_seed_decides():
    first = halves(pictures(20, 20), seed=0)[0]
    assert first.names.tolist() == halves(pictures(20, 20), seed=0)[0].names.tolist()
    assert first.names.tolist() != halves(pictures(20, 20), seed=1)[0].names.tolist()


def test_one_picture_cannot_be_halved():
    with pytest.raises(DataError, match="--test: one picture cannot fit and judge; give"):
        halves(pictures(1), seed=0)
