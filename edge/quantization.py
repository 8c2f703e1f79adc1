"""Between real numbers and the integers of a quantized tensor."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Affine(NamedTuple):
    """Quantization parameters of one tensor: real = (q - zero_point) * scale."""

    scale: float  # real units per quantization step, > 0
    zero_point: int  # the integer that stands for real 0.0
    dtype: np.dtype[Any]  # int8 or uint8

    @property
    def real_range(self) -> tuple[float, float]:
        """The smallest and the largest real number that the tensor can hold."""
        limits = np.iinfo(self.dtype)
        lowest = (int(limits.min) - self.zero_point) * self.scale
        return lowest, (int(limits.max) - self.zero_point) * self.scale

    def quantize(self, real: NDArray[np.floating[Any]]) -> NDArray[Any]:
        """Nearest integers of ``dtype``, same shape as ``real``, saturating at both ends."""
        limits = np.iinfo(self.dtype)
        # Widen: a step of a float32 division can land on the wrong side of one half.
        steps = np.rint(real.astype(np.float64) / self.scale) + self.zero_point
        q: NDArray[Any] = np.clip(steps, limits.min, limits.max).astype(self.dtype)
        return q

    def dequantize(self, q: NDArray[Any]) -> NDArray[np.float32]:
        """Real values, float32, same shape as ``q``."""
        # One look-up instead of four passes: a frame's scores are made of few steps.
        return _reals(self).take(q.view(np.uint8))


@lru_cache(maxsize=8)
def _reals(affine: Affine) -> NDArray[np.float32]:
    """The real number of each of the 256 steps, in the order of their bits read as uint8."""
    q = np.arange(256, dtype=np.uint8).view(affine.dtype)
    # Widen first: int8 subtraction wraps silently (0 - -128 is -128).
    steps = q.astype(np.int32) - affine.zero_point
    return steps.astype(np.float32) * np.float32(affine.scale)
