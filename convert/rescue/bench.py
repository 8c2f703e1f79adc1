"""What the ways of the rescue share: the model, the pictures, and what was found so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from convert.conversion import Io
from convert.layers import LayerCost
from convert.rescue.attempt import Attempt, Candidate, Jury
from convert.subject import Subject


@dataclass
class Bench:
    """One rescue under way."""

    subject: Subject
    jury: Jury
    calibration: NDArray[np.uint8]  # (n, height, width, channels): ranges of the failed file
    seed: int
    io: Io
    scratch: Path
    fine_tune_steps: int
    judged: list[tuple[Candidate, Attempt]] = field(default_factory=list)
    layers: tuple[LayerCost, ...] = ()  # the costliest first, once they are known
    skipped: list[str] = field(default_factory=list)  # sentences: ways that were closed

    def judge(self, candidate: Candidate) -> Attempt:
        """Measure a candidate and remember it."""
        start = monotonic()
        attempt = self.jury.judge(candidate)
        attempt = replace(attempt, seconds=candidate.seconds + monotonic() - start)
        self.judged.append((candidate, attempt))
        return attempt

    def leader(self) -> Candidate | None:
        """The candidate that loses least of those whose ranges are at hand."""
        pairs = [pair for pair in self.judged if pair[0].calibrated is not None]
        return min(pairs, key=lambda pair: pair[1].drop_points)[0] if pairs else None
