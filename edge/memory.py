"""Keeps the memory of an app that runs for months small."""

from __future__ import annotations

import ctypes
import math
import re
import time
from contextlib import suppress
from pathlib import Path

_M_ARENA_MAX = -8  # of mallopt(3), in the GNU C library's malloc.h
_MADV_DONTNEED = 4  # of madvise(2), in Linux's mman.h
_STARTUP_S = 2.0  # after which everything has run once that runs with each frame

# Machine code from a file, mapped for this process alone; see proc_pid_maps(5).
_CODE = r"(?m)^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ [1-9]\d* +/"


def share_one_heap() -> None:
    """Let all threads that start from now on take their memory from one heap.

    The GNU C library gives each thread another one, and what was freed in one is of no use to the
    others: every connection to a stream would leave some megabytes behind. With other C libraries
    nothing changes.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def forget_startup_code() -> None:
    """Give the pages of all loaded machine code back; what runs on comes back by itself.

    Start-up runs through far more of Python, OpenCV and the interpreter than the frames do later,
    and the kernel maps 64 kB around each instruction. The pages come back from the page cache, not
    from the disk, unless another program needed the memory in between. Only on Linux.
    """
    with suppress(OSError, AttributeError, UnicodeDecodeError):
        madvise = ctypes.CDLL(None).madvise
        madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for start, end in re.findall(_CODE, Path("/proc/self/maps").read_text()):
            address = int(start, 16)
            madvise(address, int(end, 16) - address, _MADV_DONTNEED)


class StartUp:
    """The time until an app only repeats itself."""

    def __init__(self) -> None:
        self._ends_s = time.monotonic() + _STARTUP_S

    def tick(self) -> None:
        """Once it is over, and only once, give back the memory that it alone needed."""
        if time.monotonic() >= self._ends_s:
            self._ends_s = math.inf
            forget_startup_code()
