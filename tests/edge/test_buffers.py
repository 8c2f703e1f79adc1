"""edge.buffers: memory that is used again, and never while somebody still has it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from edge.buffers import Buffers


def address(array):
    """Where its first element lies."""
    return array.__array_interface__["data"][0]


def test_what_nobody_has_is_given_again():
    buffers = Buffers()
    first = address(buffers.take((4, 6, 3)))
    assert address(buffers.take((4, 6, 3))) == first


def test_another_shape_or_type_is_made_of_the_same_memory():
    buffers = Buffers()
    first = address(buffers.take((8, 8), np.float32))
    smaller = buffers.take((4, 6, 3))
    assert address(smaller) == first
    assert smaller.shape == (4, 6, 3) and smaller.dtype == np.uint8


def test_more_than_before_is_other_memory():
    buffers = Buffers()
    kept = buffers.take((2, 2))
    kept[:] = 7
    larger = buffers.take((20, 20))
    larger[:] = 9
    assert larger.shape == (20, 20) and kept.max() == 7


def test_what_somebody_has_is_not_given_again():
    buffers = Buffers()
    held = [buffers.take((5, 5)) for _ in range(20)]
    assert len({address(array) for array in held}) == 20


def test_who_collects_many_keeps_no_more_than_he_asked_for():
    buffers = Buffers()
    buffers.take((1000, 1000))
    collected = [buffers.take((2, 2)) for _ in range(100)]
    large = [array for array in collected if array.base is not None]
    assert len(large) == 8


def test_a_view_holds_it_too():
    buffers = Buffers()
    view = buffers.take((4, 4))[np.newaxis, 1:]
    view[:] = 3
    for _ in range(20):
        buffers.take((4, 4))[:] = 0
    assert view.min() == 3


def test_no_two_threads_have_the_same():
    buffers = Buffers()

    def fill(value: int) -> bool:
        for _ in range(2000):
            array = buffers.take((16, 16))
            array[:] = value
            if not (array == value).all():
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(fill, range(4)))
