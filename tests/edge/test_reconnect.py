"""The reconnecting capture: every fault is noticed, said once, and survived."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable

import pytest

from edge.capture import Patience
from edge.errors import SourceError, UsageError
from edge.preprocess import Frame
from edge.sources import CapturedFrame
from tests.edge.lens import (
    Connection,
    Lens,
    behave,
    block,
    clear,
    cover,
    freeze,
    misbehave,
    plug_in,
    unblock,
    unplug,
    watched,
)
from tests.edge.material import AT_ONCE_S, wait_until


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
