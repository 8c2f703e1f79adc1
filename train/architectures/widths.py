"""How many filters a network may have before memory is at an end."""

from __future__ import annotations

from collections.abc import Sequence

from edge.errors import UsageError

# Of nets with two or three convolutions a stage: nobody means more, but a comma is soon missed.
MOST_FILTERS = 2048
_MOST_STAGES = 8  # each halves the picture's sides


def check_widths(widths: Sequence[int], most: int, example: str) -> None:
    """Raise UsageError unless ``widths`` are 1 to 8 stages of 1 to ``most`` filters each."""
    if not 1 <= len(widths) <= _MOST_STAGES:
        raise UsageError(f"--widths: needs 1 to {_MOST_STAGES} numbers, such as {example}")
    if any(not 1 <= width <= most for width in widths):
        raise UsageError(f"--widths: needs numbers from 1 to {most}, such as {example}")
