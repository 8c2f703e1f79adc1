"""Faults that only the frames show: frozen, dark, or suddenly of another size."""

from __future__ import annotations

import copy
import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.preprocess import Frame

FrameFault = Literal["frozen", "dark", "resized"]

_STRIDE = 16  # one pixel of 256 tells frames of a live sensor apart
_DARK_MEAN = 16.0  # of 255: limited-range video calls 16 black
_DARK_SPREAD = 6.0  # standard deviation; a night scene with one lamp has more


class FrameWatch:
    """Looks at each frame of one connection, knowing those before it.

    A sensor's noise makes two frames differ, so frames that stay equal to the last bit come from a
    driver or a server that repeats the last one it has.

    Attributes:
        fault: what is wrong with the frames now, None when they are good.
        size: (width, height) in pixels of good frames, None before the first.
    """

    def __init__(self, frozen_s: float, dark_s: float) -> None:
        """Seconds after which equal or dark frames are a fault; math.inf for never."""
        self.fault: FrameFault | None = None
        self.size: tuple[int, int] | None = None
        self._limits_s = {"frozen": frozen_s, "dark": dark_s}
        self._since_s: dict[str, float] = {}
        self._last: Frame | None = None
        self._sample: NDArray[np.uint8] | None = None
        self._refused_size: tuple[int, int] | None = None
        self._connection_is_new = True

    def reconnected(self) -> FrameWatch:
        """A watch for the next connection, which knows what this one knows.

        Another object, because the connection before may still give a frame to this one.
        """
        watch = copy.copy(self)
        watch.fault = None
        watch._since_s = self._since_s.copy()
        watch._connection_is_new = True
        return watch

    def see(self, frame: Frame, now_s: float) -> FrameFault | None:
        """Take the next frame, (height, width, 3); returns ``fault``."""
        size = (frame.shape[1], frame.shape[0])
        if self._has_wrong_size(size):
            self.fault = "resized"
            return self.fault
        # A copy: a view would keep nothing from being overwritten, and all of it alive.
        sample = frame[::_STRIDE, ::_STRIDE].copy()
        is_equal = self._equals_last(frame, sample)
        self._last, self._sample, self.size = frame, sample, size
        dark = is_dark(sample)
        self.fault = None
        # Frames without light have no noise to differ by: they are dark, whatever else they are.
        if self._lasts("frozen", is_equal and not dark, now_s):
            self.fault = "frozen"
        if self._lasts("dark", dark, now_s):
            self.fault = "dark"
        return self.fault

    def _has_wrong_size(self, size: tuple[int, int]) -> bool:
        """True until a new connection insists on the new size."""
        is_new, self._connection_is_new = self._connection_is_new, False
        if self.size is None or size == self.size:
            self._refused_size = None
            return False
        if is_new and size == self._refused_size:
            return False
        self._refused_size = size
        return True

    def _equals_last(self, frame: Frame, sample: NDArray[np.uint8]) -> bool:
        if self._last is None or self._sample is None or self._last.shape != frame.shape:
            return False
        # The whole frames only where the few pixels agree, which those of a live sensor never do.
        return np.array_equal(self._sample, sample) and np.array_equal(self._last, frame)

    def _lasts(self, kind: str, holds: bool, now_s: float) -> bool:
        """True once ``holds`` has been true for the limit of this kind."""
        if not holds:
            self._since_s.pop(kind, None)
            return False
        since_s = self._since_s.setdefault(kind, now_s)
        return now_s - since_s >= self._limits_s.get(kind, math.inf)


def is_dark(pixels: NDArray[np.uint8]) -> bool:
    """True for a black or covered lens: hardly any light and hardly any difference."""
    return bool(pixels.mean() <= _DARK_MEAN and pixels.std() <= _DARK_SPREAD)
