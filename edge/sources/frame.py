"""What every source gives, and how it is used."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from edge.preprocess import Frame, Order, to_rgb

_SLOW_START_S = 5.0


@dataclass(frozen=True, eq=False, slots=True)
class CapturedFrame:
    """One frame with the moment of its capture on both clocks."""

    raw: Frame  # (height, width, 3), values 0 to 255, as the source gives it
    number: int  # 0, 1, 2 ... as captured, so a gap shows frames that were dropped
    monotonic_s: float  # time.monotonic() at the capture: ages are differences on this clock
    time: datetime  # the same moment in UTC
    path: str | None = None  # the file, when the frame is a picture
    full: Frame | None = None  # the same moment in full size, RGB, where ``raw`` is a small stream
    order: Order = "RGB"  # of the channels of ``raw``

    @classmethod
    def taken_at(
        cls,
        monotonic_s: float,
        raw: Frame,
        number: int,
        path: str | None = None,
        full: Frame | None = None,
        order: Order = "RGB",
    ) -> CapturedFrame:
        """A frame taken at ``monotonic_s`` seconds on the monotonic clock."""
        age = timedelta(seconds=time.monotonic() - monotonic_s)
        return cls(raw, number, monotonic_s, datetime.now(UTC) - age, path, full, order)

    @property
    def pixels(self) -> Frame:
        """The frame, (height, width, 3), RGB, values 0 to 255; made anew where ``raw`` is not."""
        return to_rgb(self.raw, self.order)

    @property
    def preview(self) -> Frame:
        """The largest picture of this moment, RGB, for people to look at."""
        return self.pixels if self.full is None else self.full


@dataclass(frozen=True)
class SourceOptions:
    """What is asked of a source; each takes what concerns it."""

    width: int = 640  # pixels, of cameras
    height: int = 480  # pixels, of cameras
    max_rate: bool = False  # recordings: as fast as they can be read, instead of at their own rate
    # The (width, height) of the model's input, for cameras with a second, smaller stream; None when
    # the frame must come in full size, as for a region of interest in pixels.
    model_input: tuple[int, int] | None = None
    stall_s: float = 5.0  # without a frame for so long it is stalled: drivers need wait no longer
    preview: bool = False  # somebody looks at the frames in full size

    @property
    def read_timeout_s(self) -> float:
        """How long one read may wait: until after it is called stalled, and for a slow start."""
        return max(self.stall_s, _SLOW_START_S) + 1


class Source(ABC):
    """An open camera, stream, video or set of pictures; close it, or use it in a ``with`` block.

    Attributes:
        name: what messages call it.
        live: True when frames come on their own clock, so that late ones may be dropped; False when
            every frame must be seen once.
        recovers: True for what may come back after a fault (cameras, streams); False for files,
            which have an end.
        description: what it really gives, "640x480 MJPG at 30 frames/s"; empty when it is unknown.
        damaged: frames that came damaged and were left out, since it was opened.
    """

    name: str
    live: bool
    recovers: bool = False
    description: str = ""
    damaged: int = 0

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
