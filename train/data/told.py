"""What was noticed on the way to an error: often it is why nothing is left to train on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from edge.errors import DataError

_MOST = 20  # lines that still stand on one screen with the error


@contextmanager
def told_before_errors(skipped: Sequence[str], notes: Sequence[str]) -> Iterator[None]:
    """A DataError of the block gets these lines as its notes, which run_command prints before it.

    ``skipped`` are about files that were passed over, ``notes`` about the others; both may grow
    in the block. More than 20 lines are cut, and counted.
    """
    try:
        yield
    except DataError as error:
        lines = [*(f"warning: {line}" for line in skipped), *(f"note: {line}" for line in notes)]
        for line in lines[:_MOST]:
            error.add_note(line)
        if len(lines) > _MOST:
            error.add_note(f"warning: and {len(lines) - _MOST:,} more lines such as these")
        raise
