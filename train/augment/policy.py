"""How training pictures are changed at random: one declared policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge.errors import UsageError

REFERENCE_SIDE = 32  # shift and erase are 32nds of the picture's side

Flip = Literal["none", "horizontal", "vertical", "both"]


@dataclass(frozen=True)
class Policy:
    """Random changes and how strong each is; 0 leaves one out."""

    flip: Flip = "none"
    shift: int = 0  # 32nds of the side, each direction
    erase: int = 0  # side of the erased square in 32nds of the picture's

    def check(self) -> None:
        """Raise UsageError for values that make no sense."""
        for name in ("shift", "erase"):
            if not 0 <= getattr(self, name) < REFERENCE_SIDE:
                raise UsageError(f"--{name}: must be from 0 to {REFERENCE_SIDE - 1}")

    def summary(self) -> str:
        """The changes in a few words."""
        flip = "" if self.flip == "none" else f"{self.flip} flips, "
        erase = f", squares of {self.erase}/{REFERENCE_SIDE} erased" if self.erase else ""
        return f"{flip}shifts of {self.shift}/{REFERENCE_SIDE} of the side{erase}"


POLICIES = {
    "none": Policy(),
    "basic": Policy(flip="horizontal", shift=3),
    "digits": Policy(shift=2),
    "photos": Policy(flip="horizontal", shift=3),
}
