"""The file's accuracy under each fault, on a subset of the held-out pictures."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from convert.pictures import Pictures
from convert.robustness.faults import FAULTS
from edge.classifier import Classifier
from edge.preprocess import Frame
from edge.stats import Accuracy


@dataclass(frozen=True)
class Row:
    """The accuracy under one fault at one level."""

    name: str  # of the fault
    level: str  # as a person reads it; empty where there is one only
    accuracy: Accuracy

    @property
    def title(self) -> str:
        """Name and level."""
        return f"{self.name} {self.level}".strip()


@dataclass(frozen=True)
class Robustness:
    """What is left of the accuracy; every row is of the same pictures."""

    clean: Accuracy  # without a fault
    rows: tuple[Row, ...]  # by fault, each from mild to strong
    seed: int  # of the choice of pictures, and of noise and directions

    @property
    def score(self) -> float:
        """Mean accuracy, 0 to 1: of each fault over its levels, then over the faults."""
        by_fault: dict[str, list[float]] = {}
        for row in self.rows:
            by_fault.setdefault(row.name, []).append(row.accuracy.top1)
        return float(np.mean([np.mean(values) for values in by_fault.values()]))

    def to_json(self) -> dict[str, Any]:
        """What the card records: ``accuracy`` maps each fault with its level to a fraction."""
        return {
            "n": self.clean.n,
            "seed": self.seed,
            "clean": round(self.clean.top1, 4),
            "score": round(self.score, 4),
            "accuracy": {row.title: round(row.accuracy.top1, 4) for row in self.rows},
        }

    def table(self) -> str:
        """The rows as a person reads them, with the points lost and the 95 % interval."""
        lines = [f"{'':<28}{'top-1':>8}{'lost':>8}   95 % CI, n = {self.clean.n:,}"]
        for title, value in [("no fault", self.clean), *((r.title, r.accuracy) for r in self.rows)]:
            low, high = value.interval
            lost = 100 * (self.clean.top1 - value.top1)
            lines.append(f"{title:<28}{value.top1:>8.1%}{lost:>8.1f}   {low:.1%} to {high:.1%}")
        return "\n".join([*lines, f"{'mean over the faults':<28}{self.score:>8.1%}"])


def measure(
    classifier: Classifier, pictures: Pictures, count: int = 500, seed: int = 0
) -> Robustness:
    """Classify ``count`` of ``pictures``, all when there are fewer, under every fault and level.

    The same pictures, noise and directions meet every level, so that rows differ by the fault
    alone. Faults act on the pictures as they are, before the classifier makes them its input; grey
    ones become RGB first.
    """
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(pictures))[:count])
    frames = [_to_rgb(frame) for frame in pictures.pixels[chosen]]
    truth = pictures.class_ids[chosen]

    def right(faulty: list[Frame]) -> Accuracy:
        answers = [int(classifier.classify(frame, top_k=0).scores.argmax()) for frame in faulty]
        return Accuracy(int((np.array(answers) == truth).sum()), len(truth))

    clean = right(frames)
    steps = [(fault, level) for fault in FAULTS for level in fault.levels]
    rows = []
    for fault, level in tqdm(steps, desc="robustness", disable=not sys.stderr.isatty()):
        chances = [np.random.default_rng((seed, int(number))) for number in chosen]
        faulty = [fault.apply(f, level, rng) for f, rng in zip(frames, chances, strict=True)]
        rows.append(Row(fault.name, fault.written(level), right(faulty)))
    return Robustness(clean, tuple(rows), seed)


def _to_rgb(frame: Frame) -> Frame:
    return frame if frame.shape[-1] == 3 else np.repeat(frame, 3, axis=-1)
