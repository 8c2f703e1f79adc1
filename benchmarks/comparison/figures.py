"""From rounds to ratios and verdicts: what is compared is always of one round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.comparison.measure import Measured
from benchmarks.comparison.peers import OURS

# rounds[i][mode][peer]; a peer that failed in a round is not in it.
Round = Mapping[str, Mapping[str, Measured]]

FIGURES: dict[str, Callable[[Measured], float | None]] = {
    "frame_p50_ms": lambda one: one.frame_ms["p50"],
    "frame_p99_ms": lambda one: one.frame_ms["p99"],
    "invoke_p50_ms": lambda one: None if one.invoke_ms is None else one.invoke_ms["p50"],
    "first_label_s": lambda one: one.first_label_s,
    "memory_mb": lambda one: one.memory_mb,
    "peak_memory_mb": lambda one: one.peak_memory_mb,
    "proportional_mb": lambda one: one.proportional_mb,
}


@dataclass(frozen=True)
class Spread:
    """Of one value a round."""

    median: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value or more."""
        return cls(statistics.median(values), min(values), max(values), len(values))


@dataclass(frozen=True)
class Bar:
    """What our figure may be of a peer's at most."""

    peer: str
    mode: str
    figure: str
    limit: float
    title: str


BARS = (
    Bar("mediapipe", "one_thread", "frame_p50_ms", 0.85, "time per frame"),
    Bar("mediapipe", "own", "frame_p50_ms", 0.55, "time per frame"),
    Bar("mediapipe", "one_thread", "memory_mb", 0.5, "memory"),
    Bar("mediapipe", "own", "memory_mb", 0.5, "memory"),
    Bar("mediapipe", "one_thread", "first_label_s", 0.25, "time to first label"),
    Bar("mediapipe", "own", "first_label_s", 0.25, "time to first label"),
)


def summary(rounds: Sequence[Round], mode: str, peer: str) -> dict[str, Any]:
    """Each figure of a peer over the rounds, as a Spread; None where it has none."""
    found: dict[str, Any] = {}
    for name, figure in FIGURES.items():
        values = [
            value
            for one in rounds
            if peer in one[mode] and (value := figure(one[mode][peer])) is not None
        ]
        found[name] = asdict(Spread.of(values)) if values else None
    return found


def ratio(rounds: Sequence[Round], mode: str, peer: str, figure: str) -> Spread | None:
    """Our figure divided by the peer's, within each round; None where they never met."""
    read = FIGURES[figure]
    ratios = []
    for one in rounds:
        if OURS in one[mode] and peer in one[mode]:
            ours, theirs = read(one[mode][OURS]), read(one[mode][peer])
            if ours is not None and theirs:
                ratios.append(ours / theirs)
    return Spread.of(ratios) if ratios else None


def verdicts(rounds: Sequence[Round], bars: Sequence[Bar] = BARS) -> list[dict[str, Any]]:
    """Each bar with its ratio and "pass", "missed" or "not measured"."""
    found = []
    for bar in bars:
        measured = ratio(rounds, bar.mode, bar.peer, bar.figure)
        if measured is None:
            verdict = "not measured"
        else:
            verdict = "pass" if measured.median <= bar.limit else "missed"
        spread = None if measured is None else asdict(measured)
        found.append({**asdict(bar), "ratio": spread, "verdict": verdict})
    return found


def agreement(ours: Sequence[int] | None, theirs: Sequence[int] | None) -> float:
    """The share of frames that get the same best class, 0 to 1; both must have been asked for."""
    assert ours is not None
    assert theirs is not None
    return sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(ours)
