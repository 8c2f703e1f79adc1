"""Proof: the float model and the int8 file on the same held-out pictures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.classifier import Classifier
from edge.stats import Accuracy, accuracy


@dataclass(frozen=True)
class Comparison:
    """Float and int8 side by side, on the same pictures."""

    float_accuracy: Accuracy
    int8_accuracy: Accuracy
    agreement: Accuracy  # how often both give the same label
    float_bytes: int  # the float32 TFLite file's size
    int8_bytes: int

    @property
    def drop(self) -> float:
        """Accuracy lost, as a fraction; negative when int8 is better."""
        return self.float_accuracy.top1 - self.int8_accuracy.top1

    def to_json(self) -> dict[str, Any]:
        """What the card records."""
        return {
            "float": self.float_accuracy.to_json(),
            "int8": self.int8_accuracy.to_json(),
            "drop_points": round(self.drop * 100, 3),
            "agreement": self.agreement.to_json(),
            "float_bytes": self.float_bytes,
            "int8_bytes": self.int8_bytes,
        }

    def table(self) -> str:
        """The comparison as a person reads it."""
        saved = self.int8_bytes / self.float_bytes
        rows = [
            ("", "float32", "int8"),
            ("top-1", f"{self.float_accuracy.top1:.2%}", f"{self.int8_accuracy.top1:.2%}"),
            ("95 % CI", _interval(self.float_accuracy), _interval(self.int8_accuracy)),
            ("size", f"{self.float_bytes:,} B", f"{self.int8_bytes:,} B ({saved:.3f} x)"),
        ]
        lines = [f"{name:<10}{left:>24}{right:>26}" for name, left, right in rows]
        lines.append(f"{'drop':<10}{self.drop * 100:>+23.2f} points, n = {self.int8_accuracy.n:,}")
        lines.append(f"{'agreement':<10}{self.agreement.top1:>24.2%}")
        return "\n".join(lines)


def int8_scores(classifier: Classifier, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scores (n, classes) of the file, frame by frame as on the device."""
    progress = tqdm(
        frames, desc=classifier.model_path.stem, unit="frame", disable=not sys.stderr.isatty()
    )
    return np.stack([classifier.classify(frame, top_k=1).scores for frame in progress])


def compare(
    float_answers: NDArray[np.float32],
    int8_answers: NDArray[np.float32],
    class_ids: NDArray[np.int64],
    sizes: Sequence[int],
) -> Comparison:
    """Both models' scores (n, classes) against the truth (n,); ``sizes``: bytes of both files."""
    float_bytes, int8_bytes = sizes
    return Comparison(
        float_accuracy=accuracy(float_answers, class_ids),
        int8_accuracy=accuracy(int8_answers, class_ids),
        agreement=accuracy(int8_answers, float_answers.argmax(axis=1)),
        float_bytes=float_bytes,
        int8_bytes=int8_bytes,
    )


def profile(scores: NDArray[np.float32], labels: tuple[str, ...]) -> dict[str, Any]:
    """What the file's answers look like on held-out pictures; drift on a device is judged by it."""
    best = scores.max(axis=1)
    shares = np.bincount(scores.argmax(axis=1), minlength=len(labels)) / len(scores)
    deciles = np.quantile(best, np.linspace(0, 1, 11))
    return {
        "class_share": {
            label: round(float(share), 4) for label, share in zip(labels, shares, strict=True)
        },
        "best_score_deciles": [round(float(value), 4) for value in deciles],
    }


def _interval(value: Accuracy) -> str:
    low, high = value.interval
    return f"{low:.2%} to {high:.2%}"
