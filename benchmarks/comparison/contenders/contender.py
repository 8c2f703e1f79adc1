"""What each peer does: load once, classify many."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray


class Contender(Protocol):
    """One way from a frame to its best label.

    Attributes:
        num_threads: Of the inference, None where the peer does not tell.
        invoke_ms: How long the inference of the last ``classify`` took, with the copies in and
            out; None where the peer does not tell it apart.
    """

    num_threads: int | None
    invoke_ms: float | None

    def classify(self, frame: NDArray[Any]) -> tuple[int, str]:
        """Index and name of the best class of an RGB frame, uint8 (height, width, 3)."""
        ...
