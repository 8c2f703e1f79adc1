"""Arrays that are filled again for each frame, instead of allocated and freed."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# An array of this shape and type, with anything in it: np.empty, or Buffers.take.
Take = Callable[[tuple[int, ...], DTypeLike], NDArray[Any]]

_MOST = 8  # more frames than that are under way only where somebody collects them


class Buffers:
    """Arrays for one who needs the same few sizes over and over; any thread may take one.

    Some hundred kilobytes that are freed after each frame may go back to the kernel, and then come
    back page by page with the next one: a tenth of the time that shrinking it takes.
    """

    def __init__(self) -> None:
        self._memory: list[NDArray[np.uint8]] = []  # of one size: the largest that was asked for

    def take(self, shape: tuple[int, ...], dtype: DTypeLike = np.uint8) -> NDArray[Any]:
        """An array of ``shape`` with anything in it, the caller's alone.

        It is given out again when nothing refers to it, or to a view of it, any more.
        """
        size = math.prod(shape) * np.dtype(dtype).itemsize
        memory = self._memory
        if not memory or memory[0].size < size:
            memory = self._memory = [np.empty(size, np.uint8)]
        # The first that is unused, as it is most likely still in the processor's cache. No lock:
        # another thread that looks at a block here refers to it, so that it is not unused.
        for block in memory:
            if sys.getrefcount(block) == _UNUSED:
                return block[:size].view(dtype).reshape(shape)
        if len(memory) >= _MOST:
            return np.empty(shape, dtype)
        block = np.empty(memory[0].size, np.uint8)
        memory.append(block)
        return block[:size].view(dtype).reshape(shape)


def _references_of_unused() -> int:
    """What is counted above of a block that only its list holds: it depends on the Python."""
    memory = [np.empty(0, np.uint8)]
    for block in memory:
        return sys.getrefcount(block)
    raise AssertionError


_UNUSED = _references_of_unused()
