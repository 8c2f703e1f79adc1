"""The part of a frame to look at."""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge.errors import UsageError


@dataclass(frozen=True)
class Roi:
    """The part of the frame to look at: fractions of it when no value exceeds 1, else pixels."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Raises ValueError for a rectangle that no frame can hold."""
        values = (self.x, self.y, self.width, self.height)
        if not all(math.isfinite(value) and value >= 0 for value in values):
            raise ValueError(f"{self}: a region of interest needs four numbers of 0 or more")
        if self.width == 0 or self.height == 0:
            raise ValueError(f"{self}: the width and height of a region must be more than 0")
        if self.is_fraction:
            if self.x + self.width > 1 + 1e-6 or self.y + self.height > 1 + 1e-6:
                raise ValueError(f"{self}: as fractions, x + width and y + height end at 1")
        elif any(value != int(value) for value in values):
            raise ValueError(f"{self}: give four fractions from 0 to 1, or four whole pixels")

    def __str__(self) -> str:
        return f"{self.x:g},{self.y:g},{self.width:g},{self.height:g}"

    @property
    def is_fraction(self) -> bool:
        """True for fractions of the frame, False for pixels."""
        return max(self.x, self.y, self.width, self.height) <= 1

    @classmethod
    def parse(cls, text: str) -> Roi:
        """The region that ``X,Y,WIDTH,HEIGHT`` names; ValueError when it names none."""
        parts = text.split(",")
        try:
            x, y, width, height = map(float, parts)
        except ValueError:
            raise ValueError(
                f"{text!r} is no region; give X,Y,WIDTH,HEIGHT as fractions such as "
                "0.25,0.25,0.5,0.5 or as pixels such as 160,120,320,240"
            ) from None
        return cls(x, y, width, height)

    def of(self, frame_width: int, frame_height: int) -> tuple[int, int, int, int]:
        """Left, top, width and height in pixels; UsageError when it reaches beyond the frame."""
        scale_x, scale_y = (frame_width, frame_height) if self.is_fraction else (1, 1)
        left, top = round(self.x * scale_x), round(self.y * scale_y)
        right = round((self.x + self.width) * scale_x)
        bottom = round((self.y + self.height) * scale_y)
        if right > frame_width or bottom > frame_height or right <= left or bottom <= top:
            raise UsageError(
                f"region {self}: does not fit into frames of {frame_width}x{frame_height} pixels; "
                "give X,Y,WIDTH,HEIGHT inside the frame, or as fractions from 0 to 1"
            )
        return left, top, right - left, bottom - top
