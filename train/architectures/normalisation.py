"""The form in which networks that learn from nothing take pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Normalisation:
    """What the training network's input is: (pixel - mean) / std, each (channels,)."""

    mean: NDArray[np.float32]  # pixel values
    std: NDArray[np.float32]  # pixel values, 1 or more

    @classmethod
    def of(cls, pixels: NDArray[np.uint8]) -> Normalisation:
        """The statistics of ``pixels`` (n, height, width, channels)."""
        # From the histogram: exact, and no float copy of the whole data set.
        values = np.arange(256)
        flat = pixels.reshape(-1, pixels.shape[-1])
        counts = np.stack([np.bincount(channel, minlength=256) for channel in flat.T])
        mean = counts @ values / len(flat)
        variance = counts @ values**2 / len(flat) - mean**2
        std = np.sqrt(np.maximum(variance, 1))
        return cls(mean.astype(np.float32), std.astype(np.float32))

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Normalised pixels, same shape."""
        return (pixels.astype(np.float32) - self.mean) / self.std
