"""Keeps the memory of an app that starts thread after thread from growing."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8  # of mallopt(3), in the GNU C library's malloc.h


def share_one_heap() -> None:
    """Let all threads that start from now on take their memory from one heap.

    The GNU C library gives each thread another one, and what was freed in one is of no use to the
    others: every connection to a stream would leave some megabytes behind. With other C libraries
    nothing changes.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
