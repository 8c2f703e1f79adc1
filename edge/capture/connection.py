"""One connection to a source, whose frames are looked at before they are used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from edge.capture.faults import FrameWatch
from edge.capture.newest import Capture
from edge.sources import CapturedFrame, Source

T = TypeVar("T")


class Connection(Generic[T]):
    """A capture with a watch over its frames.

    All that its thread touches is its own: a thread that is stuck in a driver can come back when
    there is another connection.

    Attributes:
        capture: reads the source; bad frames are not handed over.
        watch: what is wrong with the frames.
        gives: True once a frame has come, good or bad.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        prepare: Callable[[CapturedFrame], T],
        watch: FrameWatch,
    ) -> None:
        """Start to open and read; ``prepare`` makes of a good frame what the model takes."""
        self.watch = watch
        self.gives = False
        self._open_source, self._prepare = open_source, prepare
        self._recovers = False  # until the source is open and says otherwise
        self.capture: Capture[T] = Capture(self._open, self._accept)

    @property
    def is_steady(self) -> bool:
        """True when frames must come steadily: it is open, and no file."""
        source = self.capture.source
        return source is not None and source.recovers

    def _open(self) -> Source:
        source = self._open_source()
        self._recovers = source.recovers
        return source

    def _accept(self, captured: CapturedFrame) -> T | None:
        """What the model needs of a frame; None for one that must not be labelled."""
        self.gives = True
        if self._recovers:
            fault = self.watch.see(captured.raw, captured.monotonic_s)
            # A dark frame is the truth, an old one is not.
            if fault in ("frozen", "resized"):
                return None
        return self._prepare(captured)
