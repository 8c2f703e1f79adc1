"""The reconnecting capture: every fault is noticed, said once, and survived."""

from __future__ import annotations

import gc
import math
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from edge.capture import Patience, ReconnectingCapture, SourceChange, left_behind, reconnect
from edge.errors import SourceError, UsageError
from edge.preprocess import Frame
from edge.sources import CapturedFrame, Source
from tests.edge.material import AT_ONCE_S, plain, wait_until

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


@pytest.fixture
def quick_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnect, "_FIRST_FRAME_S", 0.3)


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
        assert time.monotonic() - broken_s < AT_ONCE_S, "noticed in time"
        for _ in range(10):
            watch.capture.next(0.05)
        assert len(watch.said) == 1
        assert watch.capture.fault == fault
        mends(lens)
        mended_s = time.monotonic()
        watch.frame()
        back = watch.until_said(2)
        assert time.monotonic() - mended_s < AT_ONCE_S
        assert (back.state, back.fault) == ("recovered", fault)
        assert back.down_s == pytest.approx(back.monotonic_s - change.monotonic_s)
        assert back.attempts >= 1
        assert watch.capture.reconnects == 1
        assert watch.capture.fault is None


@pytest.mark.parametrize(
    ("breaks", "then", "faults"),
    [
        pytest.param(cover, unplug, ["dark", "lost"], id="unplugged in the dark"),
        pytest.param(cover, block, ["dark", "stalled"], id="blocked in the dark"),
        pytest.param(freeze, unplug, ["frozen", "lost"], id="unplugged while frozen"),
        pytest.param(unplug, block, ["lost"], id="gone is gone"),
    ],
)
def test_a_fault_that_turns_into_another_is_said_and_both_end_at_once(
    breaks: Callable[[Lens], None], then: Callable[[Lens], None], faults: list[str]
) -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        breaks(lens)
        began = watch.until_said(1)
        watch.wait(0.3)  # until it is opened again
        then(lens)
        if len(faults) == 1:
            watch.wait(3.0)
        watch.until_said(len(faults))
        assert [(change.state, change.fault) for change in watch.said] == [
            ("fault", fault) for fault in faults
        ]
        for mends in (plug_in, unblock, clear):
            mends(lens)
        mended_s = time.monotonic()
        watch.frame()
        back = watch.until_said(len(faults) + 1)
        assert time.monotonic() - mended_s < 2.0
        assert (back.state, back.fault) == ("recovered", faults[-1])
        assert back.down_s == pytest.approx(back.monotonic_s - began.monotonic_s)
        assert watch.capture.reconnects == 1


@pytest.mark.parametrize("breaks", [cover, freeze])
def test_another_size_need_not_wait_for_the_next_opening_of_a_camera_in_the_dark(
    breaks: Callable[[Lens], None],
) -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        breaks(lens)
        watch.until_said(1)
        watch.wait(0.5)  # it is opened again at once, and the next time in ten seconds
        lens.width = 32
        clear(lens)
        watch.wait(1.5)
        assert watch.frame(within_s=0.1) == 32


def test_a_source_that_dies_after_each_opening_is_not_opened_in_a_hot_loop() -> None:
    class Snapshot(Connection):
        def read(self) -> CapturedFrame | None:
            if self._number == 2:
                raise SourceError("lens: the stream ended after 2 frames; check it")
            return super().read()

    lens = Lens()
    connect = lens.open
    lens.open = lambda: connect() and Snapshot(lens)  # type: ignore[method-assign]
    with watched(lens, chance=lambda: 0.5) as watch:
        watch.wait(2.0)
        # At once, then after 0.1, 0.2, 0.4, 0.8 s, as for a source that does not open at all.
        assert 4 <= lens.openings <= 7


def test_a_first_frame_may_take_longer_than_a_stall() -> None:
    class Warming(Connection):
        def read(self) -> CapturedFrame | None:
            if self._number == 0:
                time.sleep(0.6)  # until the sensor has its exposure
            return super().read()

    lens = Lens()
    lens.open = lambda: Warming(lens)  # type: ignore[method-assign]
    with watched(lens, patience=Patience(stall_s=0.2)) as watch:
        watch.frame()
        unplug(lens)
        watch.until_said(1)
        plug_in(lens)
        watch.frame()
        assert [change.state for change in watch.said] == ["fault", "recovered"]


def test_frames_are_counted_on_over_connections() -> None:
    lens = Lens()
    with watched(lens, prepare=lambda captured: 0) as watch:
        numbers = []
        for _ in range(3):
            numbers.extend(watch.numbers(3))
            said = len(watch.said)
            unplug(lens)
            watch.until_said(said + 1)
            plug_in(lens)
        assert numbers == sorted(set(numbers))


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
        watch.wait(2.0)
        # At once, then after 0.1, 0.2, 0.4, 0.8 s: five within 1.5 s, the next after 2.3 s.
        assert 4 <= lens.openings - opened <= 6


@pytest.mark.parametrize(("breaks", "mends"), [(unplug, plug_in), (misbehave, behave)])
def test_a_connection_that_failed_leaves_none_of_its_frames_behind(
    breaks: Callable[[Lens], None], mends: Callable[[Lens], None]
) -> None:
    lens = Lens()
    frames: list[weakref.ref[Frame]] = []

    def prepare(captured: CapturedFrame) -> int:
        frames.append(weakref.ref(captured.pixels))
        return captured.number

    # The collector may come only after megabytes: it counts objects, and a frame is one.
    gc.disable()
    try:
        with watched(lens, prepare=prepare) as watch:
            watch.frame()
            for outage in range(1, 9):
                breaks(lens)
                watch.until_said(2 * outage - 1)
                mends(lens)
                watch.until_said(2 * outage)
            alive = sum(frame() is not None for frame in frames)
            assert len(frames) >= 9
            assert alive <= 4  # prepared, waiting, handed over, and the last one that was looked at
    finally:
        gc.enable()


def test_a_driver_that_never_returns_does_not_pile_up_threads() -> None:
    lens = Lens()
    patience = Patience(stall_s=0.05, frozen_s=math.inf, dark_s=math.inf)
    with watched(lens, patience=patience, chance=lambda: 0.0) as watch:
        watch.frame()
        before = threading.active_count()
        block(lens)
        watch.wait(3.0)
        assert threading.active_count() - before <= 3
        unblock(lens)
        watch.frame()


@pytest.mark.usefixtures("quick_first_frame")
def test_driver_calls_that_are_stuck_are_said_once_and_tried_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(left_behind, "_FIRST_EXTRA_S", 6.0)
    lens = Lens()
    patience = Patience(stall_s=0.05, frozen_s=math.inf, dark_s=math.inf)
    with watched(lens, patience=patience, chance=lambda: 0.0) as watch:
        watch.frame()
        block(lens)
        stuck = watch.until_said(2, within_s=10.0)
        assert lens.openings == 3
        assert "3 calls to its driver are stuck" in stuck.message
        assert "restart the app" in stuck.message
        until_s = time.monotonic() + 20.0
        while lens.openings == 3 and time.monotonic() < until_s:
            watch.wait(0.1)
        assert lens.openings == 4, "one more"
        watch.wait(2.5)
        assert lens.openings == 4
        assert len(watch.said) == 2
        unblock(lens)
        unblocked_s = time.monotonic()
        watch.frame()
        assert time.monotonic() - unblocked_s < AT_ONCE_S
        assert watch.until_said(3).state == "recovered"


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


def test_a_region_beyond_the_frames_after_an_outage_is_said() -> None:
    def prepare(captured: CapturedFrame) -> int:
        if captured.pixels.shape[1] < 64:
            raise UsageError("region 0,0,64,48: does not fit; give a smaller one")
        return captured.pixels.shape[1]

    lens = Lens()
    with watched(lens, prepare=prepare) as watch:
        watch.frame()
        unplug(lens)
        assert watch.until_said(1).fault == "lost"
        lens.width = 32
        plug_in(lens)
        assert watch.until_said(2).message.startswith("region 0,0,64,48: ")


@pytest.mark.parametrize("breaks", [unplug, block, freeze, cover])
def test_without_reconnecting_a_fault_is_an_error(breaks: Callable[[Lens], None]) -> None:
    lens = Lens()
    with watched(lens, reconnect=False) as watch:
        watch.frame()
        breaks(lens)
        with pytest.raises(SourceError, match=r"^lens: .*; "):
            watch.until_said(1)


ODD = [
    cv2.error(
        "OpenCV(4.11.0) error: (-215:Assertion failed) !buf.empty() in function 'imdecode_'\n"
    ),
    MemoryError(),
    KeyError("SensorTimestamp"),
    ValueError("cannot reshape array of size 7"),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_whatever_a_driver_raises_is_a_fault_and_the_frames_come_back(
    odd: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        lens.odd = odd
        change = watch.until_said(1)
        opened = lens.openings
        watch.wait(0.5)
        assert lens.openings > opened, "opened again and again"
        assert (change.state, change.fault) == ("fault", "lost")
        name = "cv2.error" if isinstance(odd, cv2.error) else type(odd).__name__
        assert change.message.startswith(f"lens: failed with {name}")
        assert " ".join(str(odd).split()) in change.message
        assert "\n" not in change.message
        lens.odd = None
        watch.frame()
        assert watch.until_said(2).state == "recovered"
    err = capfd.readouterr().err
    assert err.count("Traceback (most recent call last)") == 1
    assert "    raise self._lens.odd\n" in err


@pytest.mark.parametrize("shape", [(921_600,), (48, 64, 4), (0, 64, 3)], ids=str)
def test_a_driver_that_gives_what_is_no_frame_is_waited_out(shape: tuple[int, ...]) -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        lens.frame = lambda: np.zeros(shape, np.uint8)
        assert watch.until_said(1).fault == "lost"
        lens.frame = lens.noise
        watch.frame()
        assert watch.until_said(2).state == "recovered"


def test_tracebacks_are_printed_once_for_each_type(capfd: pytest.CaptureFixture[str]) -> None:
    lens = Lens()
    with watched(lens) as watch:
        for said, odd in enumerate([ValueError("a"), KeyError("b"), ValueError("c")]):
            watch.frame()
            lens.odd = odd
            assert type(odd).__name__ in watch.until_said(2 * said + 1).message
            lens.odd = None
            watch.until_said(2 * said + 2)
    assert capfd.readouterr().err.count("Traceback (most recent call last)") == 2


def test_a_driver_that_raises_while_it_is_closed_is_waited_out_too() -> None:
    class Hiccup(Connection):
        def read(self) -> CapturedFrame | None:
            return super().read() if self._number < 3 else None

        def close(self) -> None:
            raise RuntimeError("device or resource busy")

    lens = Lens()
    lens.open = lambda: Hiccup(lens)  # type: ignore[method-assign]
    with watched(lens) as watch:
        watch.frame()
        assert "RuntimeError: device or resource busy" in watch.until_said(1).message
        watch.frame()


def test_a_password_in_what_a_driver_raises_is_not_shown(
    capfd: pytest.CaptureFixture[str],
) -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        lens.odd = ValueError("cannot read rtsp://user:secret@camera.local/stream")
        assert "rtsp://user:***@camera.local/stream" in watch.until_said(1).message
    err = capfd.readouterr().err
    assert "rtsp://user:***@camera.local/stream" in err
    assert "secret@" not in err


@pytest.mark.parametrize("waits", [False, True])
def test_what_preparing_raises_is_our_own_bug_and_no_fault(waits: bool) -> None:
    def prepare(captured: CapturedFrame) -> int:
        if captured.number > 3:
            raise ValueError("operands could not be broadcast together")
        return 0

    with watched(Lens(), prepare=prepare, waits_for_first=waits) as watch:
        watch.frame()
        with pytest.raises(ValueError, match="broadcast"):
            watch.wait(SOON_S)
        assert watch.said == []


@pytest.mark.parametrize("opens", [False, True])
def test_what_a_driver_raises_before_the_first_frame_is_an_error_with_its_cause(
    opens: bool,
) -> None:
    lens = Lens()
    odd = ValueError("no such mode")
    lens.odd = odd
    if opens:
        lens.open = lambda: Connection(lens)  # type: ignore[method-assign]
    with (
        watched(lens) as watch,
        pytest.raises(
            SourceError, match=r"^lens: failed with ValueError: no such mode; "
        ) as caught,
    ):
        watch.frame()
    assert caught.value.__cause__ is odd
    assert watch.said == []


@pytest.mark.usefixtures("quick_first_frame")
def test_a_camera_that_opens_and_stays_silent_is_stalled_and_waited_for() -> None:
    lens = Lens()
    block(lens)
    with watched(lens) as watch:
        assert watch.until_said(1).fault == "stalled"
        watch.wait(0.5)
        assert lens.openings > 1
        unplug(lens)  # and what follows is no error either
        unblock(lens)
        watch.wait(0.5)
        plug_in(lens)
        watch.frame()
        assert [change.state for change in watch.said] == ["fault", "recovered"]


@pytest.mark.usefixtures("quick_first_frame")
def test_without_reconnecting_a_camera_that_opens_and_stays_silent_is_an_error() -> None:
    lens = Lens()
    block(lens)
    with watched(lens, reconnect=False) as watch, pytest.raises(SourceError, match="no frame for"):
        watch.wait(SOON_S)


def test_a_driver_that_calls_the_silence_an_error_is_waited_for_too() -> None:
    class Impatient(Connection):
        def read(self) -> CapturedFrame | None:
            if self._lens.error is None:
                return super().read()
            time.sleep(0.4)  # longer than a stall, and less than the first frame may take
            raise SourceError(self._lens.error)

    lens = Lens()
    lens.open = lambda: Impatient(lens)  # type: ignore[method-assign]
    unplug(lens)
    with watched(lens) as watch:
        assert watch.until_said(1).fault == "lost"
        plug_in(lens)
        watch.frame()


def test_a_camera_that_opens_and_fails_at_once_is_an_error() -> None:
    lens = Lens()
    lens.open = lambda: Connection(lens)  # type: ignore[method-assign]
    unplug(lens)
    with watched(lens) as watch, pytest.raises(SourceError, match="check the cable"):
        watch.frame()


def test_what_cannot_be_opened_at_first_is_an_error() -> None:
    lens = Lens()
    unplug(lens)
    with watched(lens) as watch, pytest.raises(SourceError, match="check the cable"):
        watch.frame()
    assert watch.said == []


def test_a_service_waits_for_a_source_that_comes_later() -> None:
    lens = Lens()
    unplug(lens)
    with watched(lens, waits_for_first=True) as watch:
        change = watch.until_said(1)
        assert (change.state, change.fault) == ("fault", "lost")
        assert watch.capture.next(0.1) is None
        plug_in(lens)
        watch.frame()
        assert watch.until_said(2).state == "recovered"


def test_a_region_beyond_the_first_frame_is_a_mistake_for_a_service_too() -> None:
    def prepare(captured: CapturedFrame) -> int:
        raise UsageError("region 0,0,900,900: does not fit; give a smaller one")

    with (
        watched(Lens(), waits_for_first=True, prepare=prepare) as watch,
        pytest.raises(UsageError, match="does not fit"),
    ):
        watch.frame()


def test_counts_go_on_over_connections() -> None:
    lens = Lens()
    with watched(lens) as watch:
        watch.frame()
        wait_until(lambda: watch.capture.dropped > 5)
        dropped = watch.capture.dropped
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
