"""The float network's answers."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

_BATCH = 500
_BATCH_PIXELS = _BATCH * 64 * 64  # of large pictures fewer, or their activations fill the memory


def predict(model: keras.Model, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The float network's scores (n, classes) for pixels (n, height, width, channels)."""
    height, width = pixels.shape[1:3]
    batch = max(1, min(_BATCH, _BATCH_PIXELS // (height * width)))
    parts = [
        model.predict_on_batch(pixels[start : start + batch].astype(np.float32))
        for start in range(0, len(pixels), batch)
    ]
    return np.concatenate(parts)
