"""A camera that tests break and mend, and a reconnecting capture that is watched meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from edge.capture import Patience, ReconnectingCapture, SourceChange
from edge.errors import SourceError
from edge.preprocess import Frame
from edge.sources import CapturedFrame, Source
from tests.edge.material import plain

SOON_S = 5.0
RNG = np.random.default_rng(0)
QUICK = Patience(stall_s=0.3, frozen_s=0.3, dark_s=0.3)


class Lens:
    """A camera as it stands in the world, whoever is connected: tests break and mend it."""

    def __init__(self) -> None:
        self.frame: Callable[[], Frame] = self.noise
        self.error: str | None = None  # unplugged: opening and reading fail
        self.blocked = threading.Event()  # cleared: read() does not return
        self.blocked.set()
        self.odd: Exception | None = None  # a driver's bug: opening and reading raise it
        self.openings = 0
        self.width = 64

    def noise(self) -> Frame:
        return RNG.integers(90, 98, (48, self.width, 3), np.uint8)

    def open(self) -> Source:
        self.openings += 1
        if self.error:
            raise SourceError(self.error)
        if self.odd:
            raise self.odd
        return Connection(self)


class Connection(Source):
    live = True
    recovers = True

    def __init__(self, lens: Lens) -> None:
        self.name = "lens"
        self._lens = lens
        self._number = 0

    def read(self) -> CapturedFrame | None:
        time.sleep(0.005)
        self._lens.blocked.wait()
        if self._lens.error:
            raise SourceError(self._lens.error)
        if self._lens.odd:
            raise self._lens.odd
        self._number += 1
        return CapturedFrame.taken_at(time.monotonic(), self._lens.frame(), self._number)

    def close(self) -> None:
        pass


class Watched:
    """A reconnecting capture with what it said."""

    def __init__(self, lens: Lens, **options: object) -> None:
        self.said: list[SourceChange] = []
        prepare = options.pop("prepare", lambda captured: captured.pixels.shape[1])
        self.capture: ReconnectingCapture[int] = ReconnectingCapture(
            lens.open,
            prepare,
            name="lens",
            patience=options.pop("patience", QUICK),
            tell=self.said.append,
            **options,
        )

    def frame(self, within_s: float = SOON_S) -> int:
        """What the next good frame is prepared as."""
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            ready = self.capture.next(0.02)
            if ready is not None:
                return ready.prepared
        raise AssertionError(f"no good frame within {within_s} s; said {self.said}")

    def numbers(self, count: int) -> list[int]:
        """Those of the next good frames."""
        seen: list[int] = []
        while len(seen) < count:
            ready = self.capture.next(SOON_S)
            if ready is not None:
                seen.append(ready.captured.number)
        return seen

    def wait(self, seconds: float) -> None:
        """Take frames for so long."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            self.capture.next(0.02)

    def until_said(self, count: int, within_s: float = SOON_S) -> SourceChange:
        """The last of ``count`` changes, while frames are taken."""
        until_s = time.monotonic() + within_s
        while len(self.said) < count and time.monotonic() < until_s:
            self.capture.next(0.02)
        assert len(self.said) == count, f"said {self.said}"
        return self.said[-1]


@contextmanager
def watched(lens: Lens, **options: object) -> Iterator[Watched]:
    watch = Watched(lens, **options)
    with watch.capture:
        yield watch
        lens.blocked.set()


def unplug(lens: Lens) -> None:
    lens.error = "lens: gave no frame; check the cable"


def plug_in(lens: Lens) -> None:
    lens.error = None


def misbehave(lens: Lens) -> None:
    lens.odd = ValueError("cannot reshape array of size 7")


def behave(lens: Lens) -> None:
    lens.odd = None


def block(lens: Lens) -> None:
    lens.blocked.clear()


def unblock(lens: Lens) -> None:
    lens.blocked.set()


def freeze(lens: Lens) -> None:
    frame = lens.noise()
    lens.frame = frame.copy


def cover(lens: Lens) -> None:
    lens.frame = lambda: plain((0, 0, 0))


def clear(lens: Lens) -> None:
    lens.frame = lens.noise
