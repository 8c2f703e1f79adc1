"""The float network's answers."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

_BATCH = 500


def predict(model: keras.Model, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The float network's scores (n, classes) for pixels (n, height, width, channels)."""
    parts = [
        model.predict_on_batch(pixels[start : start + _BATCH].astype(np.float32))
        for start in range(0, len(pixels), _BATCH)
    ]
    return np.concatenate(parts)
