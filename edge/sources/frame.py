"""What every source gives, and how it is used."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from edge.preprocess import Frame


@dataclass(frozen=True, eq=False, slots=True)
class CapturedFrame:
    """One frame with the moment of its capture on both clocks."""

    pixels: Frame  # (height, width, 3), RGB, values 0 to 255
    number: int  # 0, 1, 2 ... as captured, so a gap shows frames that were dropped
    monotonic_s: float  # time.monotonic() at the capture: ages are differences on this clock
    time: datetime  # the same moment in UTC
    path: str | None = None  # the file, when the frame is a picture

    @classmethod
    def taken_at(
        cls, monotonic_s: float, pixels: Frame, number: int, path: str | None = None
    ) -> CapturedFrame:
        """A frame taken at ``monotonic_s`` seconds on the monotonic clock."""
        age = timedelta(seconds=time.monotonic() - monotonic_s)
        return cls(pixels, number, monotonic_s, datetime.now(UTC) - age, path)


class Source(ABC):
    """An open camera, stream, video or set of pictures; close it, or use it in a ``with`` block.

    Attributes:
        name: what messages call it.
        live: True when frames come on their own clock, so that late ones may be dropped; False when
            every frame must be seen once.
    """

    name: str
    live: bool

    @abstractmethod
    def read(self) -> CapturedFrame | None:
        """The next frame, or None at the end. May block. Raises SourceError when there is none."""

    @abstractmethod
    def close(self) -> None:
        """Let the device or file go; a second call does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
