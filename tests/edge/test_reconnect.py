"""The reconnecting capture: every fault is noticed, said once, and survived."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from edge.errors import SourceError, UsageError
from edge.preprocess import Frame
from edge.reconnect import Patience, ReconnectingCapture, SourceChange
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
        self.openings = 0
        self.width = 64

    def noise(self) -> Frame:
        return RNG.integers(90, 98, (48, self.width, 3), np.uint8)

    def open(self) -> Source:
        self.openings += 1
        if self.error:
            raise SourceError(self.error)
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

    def until_said(self, count: int, within_s: float = SOON_S) -> SourceChange:
        """The last of ``count`` changes, while frames are taken."""
        until_s = time.monotonic() + within_s
        while len(self.said) < count and time.monotonic() < until_s:
            self.capture.next(0.02)
        assert len(self.said) == count
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


@pytest.mark.parametrize(
    ("breaks", "mends", "fault"),
    [
        pytest.param(unplug, plug_in, "lost", id="unplugged"),
        pytest.param(block, unblock, "stalled", id="blocked in the driver"),
        pytest.param(freeze, clear, "frozen", id="the same frame again and again"),
        pytest.param(cover, clear, "dark", id="covered"),
    ],
)
def test_a_fault_is_said_once_and_the_frames_come_back(
    breaks: Callable[[Lens], None], mends: Callable[[Lens], None], fault: str
) -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        breaks(lens)
        broken_s = time.monotonic()
        change = watch.until_said(1)
        assert (change.state, change.fault) == ("fault", fault)
        assert change.message.startswith("lens: ")
        assert time.monotonic() - broken_s < 1.0, "noticed in time"
        for _ in range(10):
            watch.capture.next(0.05)
        assert len(watch.said) == 1
        assert watch.capture.fault == fault
        mends(lens)
        mended_s = time.monotonic()
        watch.frame()
        back = watch.until_said(2)
        assert time.monotonic() - mended_s < 2.0
        assert (back.state, back.fault) == ("recovered", fault)
        assert back.down_s == pytest.approx(back.monotonic_s - change.monotonic_s)
        assert back.attempts >= 1
        assert watch.capture.reconnects == 1
        assert watch.capture.fault is None


def test_frozen_frames_are_not_handed_over_and_dark_ones_are() -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        freeze(lens)
        watch.until_said(1)
        watch.capture.next(0.05)
        assert watch.capture.next(0.2) is None
        cover(lens)
        assert watch.frame() == 64


def test_an_unplugged_camera_is_tried_about_once_a_second() -> None:
    lens = Lens()
    with watched(lens, chance=lambda: 0.5) as watch:
        watch.frame()
        unplug(lens)
        watch.until_said(1)
        opened = lens.openings
        until_s = time.monotonic() + 2.0
        while time.monotonic() < until_s:
            watch.capture.next(0.02)
        # At once, then after 0.1, 0.2, 0.4, 0.8 s: five within 1.5 s, the next after 2.5 s.
        assert 4 <= lens.openings - opened <= 6


def test_a_driver_that_never_returns_does_not_pile_up_threads() -> None:
    lens = Lens()
    patience = Patience(stall_s=0.05, frozen_s=math.inf, dark_s=math.inf)
    with watched(lens, patience=patience, chance=lambda: 0.0) as watch:
        watch.frame()
        before = threading.active_count()
        block(lens)
        until_s = time.monotonic() + 3.0
        while time.monotonic() < until_s:
            watch.capture.next(0.02)
        assert threading.active_count() - before <= 3
        unblock(lens)
        watch.frame()


def test_another_size_is_opened_again_once_and_then_accepted() -> None:
    lens = Lens()
    with watched(lens) as watch:
        assert watch.frame() == 64
        lens.width = 32
        assert watch.until_said(1).fault == "resized"
        assert watch.frame() == 32
        assert watch.until_said(2).state == "recovered"
        assert lens.openings == 2


def test_a_region_beyond_later_frames_is_waited_out() -> None:
    def prepare(captured: CapturedFrame) -> int:
        if captured.pixels.shape[1] < 64:
            raise UsageError("region 0,0,64,48: does not fit; give a smaller one")
        return captured.pixels.shape[1]

    lens = Lens()
    with watched(lens, prepare=prepare) as watch:
        watch.frame()
        lens.width = 32
        assert watch.until_said(1).fault == "resized"
        for _ in range(20):
            assert watch.capture.next(0.05) is None
        lens.width = 64
        assert watch.frame() == 64


@pytest.mark.parametrize("breaks", [unplug, block, freeze, cover])
def test_without_reconnecting_a_fault_is_an_error(breaks: Callable[[Lens], None]) -> None:
    lens = Lens()
    with watched(lens, reconnect=False) as watch:
        watch.frame()
        breaks(lens)
        with pytest.raises(SourceError, match=r"^lens: .*; "):
            watch.until_said(1)


def test_what_cannot_be_opened_at_first_is_an_error() -> None:
    lens = Lens()
    unplug(lens)
    with watched(lens) as watch, pytest.raises(SourceError, match="check the cable"):
        watch.frame()
    assert watch.said == []


def test_counts_go_on_over_connections() -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        time.sleep(0.1)
        watch.frame()
        dropped = watch.capture.dropped
        assert dropped > 5
        unplug(lens)
        watch.until_said(1)
        plug_in(lens)
        watch.frame()
        assert watch.capture.dropped >= dropped


def test_a_source_that_ends_is_not_opened_again() -> None:
    class Recording(Connection):
        live = False
        recovers = False

        def read(self) -> CapturedFrame | None:
            return super().read() if self._number < 3 else None

    lens = Lens()
    lens.open = lambda: Recording(lens)  # type: ignore[method-assign]
    seen = 0
    with watched(lens) as watch:
        while not watch.capture.ended:
            seen += watch.capture.next(0.1) is not None
    assert seen == 3
    assert watch.said == []
