"""What a file's answers look like on held-out pictures; drift on a device is judged by it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def profile(scores: NDArray[np.float32], labels: tuple[str, ...]) -> dict[str, Any]:
    """Share of each answer and deciles of the best score, of ``scores`` (n, classes)."""
    best = scores.max(axis=1)
    shares = np.bincount(scores.argmax(axis=1), minlength=len(labels)) / len(scores)
    deciles = np.quantile(best, np.linspace(0, 1, 11))
    return {
        "class_share": {
            label: round(float(share), 4) for label, share in zip(labels, shares, strict=True)
        },
        "best_score_deciles": [round(float(value), 4) for value in deciles],
    }
