"""Capture: always the newest frame, never a hang, and the device is let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

import pytest

from edge.capture import Capture
from edge.errors import SourceError, UsageError
from edge.sources import CapturedFrame, Source
from tests.edge.material import AT_ONCE_S, RED, plain, wait_until

SOON_S = 5.0  # long enough for a busy machine; a test that waits this long has failed


class Script(Source):
    """A source that does what it is told: gives each frame, calls each function, then ends."""

    def __init__(self, steps: Iterable[Callable[[], object] | None], *, live: bool) -> None:
        self.name = "script"
        self.live = live
        self.closed = threading.Event()
        self.read_count = 0
        self._frames = self._play(steps)

    def _play(self, steps: Iterable[Callable[[], object] | None]) -> Iterator[CapturedFrame]:
        number = 0
        for step in steps:
            if step is not None:
                step()
                continue
            yield CapturedFrame.taken_at(time.monotonic(), plain(RED), number)
            number += 1

    def read(self) -> CapturedFrame | None:
        self.read_count += 1
        return next(self._frames, None)

    def close(self) -> None:
        self.closed.set()


def capture_of(
    source: Source, prepare: Callable[[CapturedFrame], int | None] | None = None
) -> Capture[int]:
    """A capture whose frames are prepared as their numbers, or by ``prepare``."""
    return Capture(lambda: source, prepare or (lambda captured: captured.number))


def numbers(capture: Capture[int]) -> list[int]:
    """What was prepared from all frames until the end."""
    seen = []
    while not capture.ended:
        ready = capture.next(SOON_S)
        if ready is not None:
            seen.append(ready.prepared)
    return seen


def test_a_live_source_hands_over_the_newest_frame_and_counts_the_dropped() -> None:
    source = Script([None] * 5, live=True)
    with capture_of(source) as capture:
        assert source.closed.wait(SOON_S)  # all five have come, and nobody has asked
        newest = capture.next(SOON_S)
        assert newest is not None
        assert newest.captured.number == 4
        assert capture.dropped == 4
        assert capture.ended


def test_other_sources_show_every_frame_to_a_slow_reader() -> None:
    source = Script([None] * 5, live=False)
    seen = []
    with capture_of(source) as capture:
        while not capture.ended:
            ready = capture.next(SOON_S)
            if ready is not None:
                seen.append(ready.captured.number)
            time.sleep(0.01)
        assert capture.dropped == 0
    assert seen == [0, 1, 2, 3, 4]


def test_other_sources_are_read_one_frame_ahead_and_no_further() -> None:
    source = Script([None] * 5, live=False)
    with capture_of(source) as capture:
        for count in (1, 2):
            wait_until(lambda count=count: source.read_count >= count)
            time.sleep(0.05)
            assert source.read_count == count
            assert capture.next(SOON_S) is not None


def test_the_next_frame_is_prepared_while_the_last_one_is_used() -> None:
    prepared = threading.Event()

    def prepare(captured: CapturedFrame) -> int:
        if captured.number == 1:
            prepared.set()
        return captured.number * 10

    with capture_of(Script([None] * 2, live=False), prepare) as capture:
        ready = capture.next(SOON_S)
        assert ready is not None
        assert ready.prepared == 0
        assert prepared.wait(SOON_S), "prepared without being asked"
        assert numbers(capture) == [10]


def test_a_frame_that_is_refused_is_not_handed_over() -> None:
    def odd_only(captured: CapturedFrame) -> int | None:
        return captured.number if captured.number % 2 else None

    with capture_of(Script([None] * 5, live=False), odd_only) as capture:
        assert numbers(capture) == [1, 3]


def test_a_mistake_that_preparing_finds_is_raised_to_the_reader() -> None:
    def refuse(captured: CapturedFrame) -> int:
        raise UsageError("region 0,0,900,900: does not fit; give a smaller one")

    source = Script([None], live=True)
    with (
        capture_of(source, refuse) as capture,
        pytest.raises(UsageError, match="does not fit"),
    ):
        capture.next(SOON_S)
    assert source.closed.is_set()


def test_no_frame_in_time_is_none_and_not_the_end() -> None:
    release = threading.Event()
    with capture_of(Script([release.wait, None], live=True)) as capture:
        assert capture.next(0.01) is None
        assert not capture.ended
        release.set()
        assert numbers(capture) == [0]


def test_frames_before_an_error_come_first() -> None:
    def unplug() -> None:
        raise SourceError("camera 0: gave no frame; check the cable")

    source = Script([None, unplug], live=True)
    with capture_of(source) as capture:
        assert source.closed.wait(SOON_S)
        assert capture.next(SOON_S) is not None
        with pytest.raises(SourceError, match="check the cable"):
            capture.next(SOON_S)


def test_an_error_while_opening_is_raised_to_the_reader() -> None:
    def refuse() -> Source:
        raise SourceError("camera 0: busy; close the other program")

    with (
        Capture(refuse, lambda captured: 0) as capture,
        pytest.raises(SourceError, match="busy"),
    ):
        capture.next(SOON_S)


def test_a_bug_in_a_source_keeps_its_traceback() -> None:
    def bug() -> None:
        raise ZeroDivisionError("the bug")

    with capture_of(Script([bug], live=True)) as capture:
        with pytest.raises(ZeroDivisionError) as caught:
            capture.next(SOON_S)
        assert "bug" in [entry.name for entry in caught.traceback]


@pytest.mark.parametrize("is_source", [True, False])
def test_who_raised_is_told_and_the_first_error_stays(is_source: bool) -> None:
    class Broken(Script):
        def close(self) -> None:
            super().close()
            raise OSError("closing fails too")

    def bug(_: object = None) -> int:
        raise ZeroDivisionError("the bug")

    source = Broken([bug if is_source else None], live=True)
    with capture_of(source, bug) as capture:
        with pytest.raises(ZeroDivisionError):
            capture.next(SOON_S)
        assert capture.ended
        assert capture.blames_source == is_source


@pytest.mark.parametrize("is_source", [True, False])
def test_an_error_is_told_though_the_source_does_not_let_go(is_source: bool) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("first")

    let_go = threading.Event()
    source = Script([fail] if is_source else [None], live=True)
    source.close = let_go.wait  # type: ignore[method-assign]
    try:
        with capture_of(source, None if is_source else fail) as capture:
            asked_s = time.monotonic()
            with pytest.raises(RuntimeError, match="first"):
                while time.monotonic() < asked_s + SOON_S:
                    capture.next(0.05)
            assert capture.blames_source is is_source
            assert not capture.released
    finally:
        let_go.set()


def test_silence_is_counted_from_the_last_frame() -> None:
    silence = threading.Event()
    steps = [lambda: time.sleep(0.3), None, silence.wait]
    with capture_of(Script(steps, live=True)) as capture:
        ready = capture.next(SOON_S)
        assert ready is not None
        assert capture.silent_s <= time.monotonic() - ready.captured.monotonic_s
        time.sleep(0.3)
        assert capture.silent_s >= 0.3
        assert capture.last_silence_s == 0, "it has not failed"
        silence.set()


def test_a_slow_reader_does_not_make_the_source_look_silent() -> None:
    slow_driver = threading.Event()
    with capture_of(Script([None, slow_driver.wait, None], live=False)) as capture:
        time.sleep(0.3)  # the frame is there, and nobody takes it
        asked_s = time.monotonic()
        assert capture.next(SOON_S) is not None
        assert capture.silent_s <= time.monotonic() - asked_s
        slow_driver.set()


@pytest.mark.parametrize("live", [True, False])
def test_closing_lets_the_source_go(live: bool) -> None:
    def frames() -> Iterator[Callable[[], object] | None]:
        while True:
            yield lambda: time.sleep(0.005)
            yield None

    source = Script(frames(), live=live)
    capture = capture_of(source)
    assert capture.next(SOON_S) is not None
    assert not source.closed.is_set()
    capture.close()
    assert source.closed.is_set()
    capture.close()


def test_a_blocked_driver_does_not_block_closing() -> None:
    driver = threading.Event()
    source = Script([driver.wait], live=True)
    capture = capture_of(source)
    started_s = time.monotonic()
    capture.close()
    assert time.monotonic() - started_s < AT_ONCE_S
    assert not source.closed.is_set(), "released under a read that is still going on"
    assert not capture.released
    driver.set()
    assert source.closed.wait(SOON_S), "released as soon as the read returned"


def test_a_slow_reader_gets_the_newest_frame_each_time() -> None:
    def camera_at_200_fps() -> Iterator[Callable[[], object] | None]:
        while True:
            yield lambda: time.sleep(0.005)
            yield None

    source = Script(camera_at_200_fps(), live=True)
    with capture_of(source) as capture:
        for _ in range(10):
            before = source.read_count
            wait_until(lambda before=before: source.read_count > before + 5)
            newest = source.read_count - 2  # while one is read, the one before is handed over
            ready = capture.next(SOON_S)
            assert ready is not None
            assert ready.captured.number >= newest
        assert capture.dropped > 10
