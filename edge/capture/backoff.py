"""How long to wait before the next try: longer each time, up to a limit, and never in step."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Exponential back-off with jitter: many devices must not fall upon one server together."""

    first_s: float  # before the second try; the first one comes at once
    most_s: float
    jitter: float = 0.25  # share of the delay, up or down

    def delay_s(self, tries: int, chance: float) -> float:
        """Seconds to wait after ``tries`` tries that failed; ``chance`` is random, 0.0 to 1.0."""
        if tries == 0:
            return 0.0
        # Capped before the power: a year of tries would overflow a float.
        delay_s = min(self.first_s * 2.0 ** min(tries - 1, 60), self.most_s)
        return delay_s * (1 + self.jitter * (2 * chance - 1))
