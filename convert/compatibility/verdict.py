"""What one target makes of a file: whether it takes it, why not, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """One target's answer.

    Attributes:
        target: what would run the file, such as "tflite-runtime 2.14".
        takes: whether it does.
        reasons: why not, one fault each; for a target that takes it, what to know about that.
        basis: how that is known: a trial on this machine, a table, a document.
    """

    target: str
    takes: bool
    reasons: tuple[str, ...]
    basis: str
