"""Which class stands after a frame: a rule that keeps labels from flickering."""

from __future__ import annotations

from dataclasses import dataclass

from edge.scores import ROUNDING, Scores


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """A label that stands is kept longer than a new one would be taken.

    The class that stands is kept until one of these holds:

    - its smoothed score is below ``max(threshold - margin, threshold / 2)``; the half is for
      thresholds as low as the margin, where no score would be below ``threshold - margin``;
    - the best class' smoothed score is above its own by more than ``margin`` (and so reaches
      ``threshold``, as its own is not below ``threshold - margin``).

    Where no class stands, or the one that stood has ended, the best class takes its place when its
    smoothed score reaches ``threshold``; otherwise none stands. To reach is to equal or exceed.
    Scores that differ by less than a millionth are equal. Among equal best scores the lowest class
    id is the best.
    """

    threshold: float  # 0.0 to 1.0
    margin: float  # 0.0 to 1.0

    def next(self, smoothed: Scores, standing: int | None) -> int | None:
        """The class that stands after a frame, None for unknown; ``standing`` did before it."""
        best = int(smoothed.argmax())
        best_score = float(smoothed[best])
        reaches = best_score >= self.threshold - ROUNDING
        if standing is not None:
            own = float(smoothed[standing])
            kept = own >= max(self.threshold - self.margin, self.threshold / 2) - ROUNDING
            beaten = best_score - own > self.margin + ROUNDING
            if kept and not beaten:
                return standing
        return best if reaches else None
