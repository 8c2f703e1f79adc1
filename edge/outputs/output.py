"""What every output takes and does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

from edge.classifier import Classification, Stages
from edge.decide import Verdict
from edge.sources import CapturedFrame


class Decision(NamedTuple):
    """One frame and what it is called."""

    captured: CapturedFrame
    classification: Classification  # as the model gave it
    verdict: Verdict  # calibrated and, for live sources, smoothed
    stages: Stages  # with the deciding, which is part of the last
    frame_age_ms: float  # from the capture to the label
    model_id: str  # first 12 hex digits of the model file's SHA-256
    live: bool  # True: a slow reader may lose it; False: every one must arrive


class Output(ABC):
    """Something that shows or keeps decisions. All methods are called from one thread."""

    @property
    def lost(self) -> int:
        """Records that could not be delivered so far."""
        return 0

    @abstractmethod
    def show(self, decision: Decision) -> None:
        """Take one decision. Waits only for one that is not live."""

    def note(self, record: Mapping[str, Any]) -> None:  # noqa: B027
        """Take an event, a source's change or health, as an object of docs/json-lines.md."""

    def idle(self) -> None:  # noqa: B027
        """Called about ten times a second while no frame comes."""

    @abstractmethod
    def close(self) -> None:
        """Finish what was begun; a second call does nothing."""
