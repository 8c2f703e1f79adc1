"""Capture: always the newest frame, never a hang, and the device is let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

import pytest

from edge.capture import Capture
from edge.errors import SourceError
from edge.sources import CapturedFrame, Source
from tests.edge.material import RED, plain

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


def capture_of(source: Source, stall_s: float = SOON_S) -> Capture:
    return Capture(lambda: source, name=source.name, stall_s=stall_s)


def numbers(capture: Capture) -> list[int]:
    """The numbers of all frames until the end."""
    seen = []
    while not capture.ended:
        captured = capture.next(SOON_S)
        if captured is not None:
            seen.append(captured.number)
    return seen


def test_a_live_source_hands_over_the_newest_frame_and_counts_the_dropped() -> None:
    source = Script([None] * 5, live=True)
    with capture_of(source) as capture:
        assert source.closed.wait(SOON_S)  # all five have come, and nobody has asked
        newest = capture.next(SOON_S)
        assert newest is not None
        assert newest.number == 4
        assert capture.dropped == 4
        assert capture.ended


def test_other_sources_show_every_frame_to_a_slow_reader() -> None:
    source = Script([None] * 5, live=False)
    seen = []
    with capture_of(source) as capture:
        while not capture.ended:
            captured = capture.next(SOON_S)
            if captured is not None:
                seen.append(captured.number)
            time.sleep(0.01)
        assert capture.dropped == 0
    assert seen == [0, 1, 2, 3, 4]


def test_other_sources_are_read_only_when_a_frame_is_wanted() -> None:
    source = Script([None] * 5, live=False)
    with capture_of(source) as capture:
        assert source.read_count == 0
        assert capture.next(SOON_S) is not None
        time.sleep(0.05)
        assert source.read_count == 1, "a frame read ahead grows old"


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

    with Capture(refuse, name="camera 0") as capture, pytest.raises(SourceError, match="busy"):
        capture.next(SOON_S)


def test_a_bug_in_a_source_keeps_its_traceback() -> None:
    def bug() -> None:
        raise ZeroDivisionError("the bug")

    with capture_of(Script([bug], live=True)) as capture:
        with pytest.raises(ZeroDivisionError) as caught:
            capture.next(SOON_S)
        assert "bug" in [entry.name for entry in caught.traceback]


@pytest.mark.parametrize("live", [True, False])
def test_a_source_that_falls_silent_is_an_error_within_the_stated_time(live: bool) -> None:
    silence = threading.Event()
    source = Script([None, silence.wait], live=live)
    with capture_of(source, stall_s=0.2) as capture:
        assert capture.next(SOON_S) is not None
        started_s = time.monotonic()
        with pytest.raises(SourceError, match=r"script: no frame for 0.2 s; check"):
            while True:
                capture.next(0.02)
        assert 0.2 <= time.monotonic() - started_s < 1
        silence.set()


def test_a_slow_reader_does_not_make_the_source_look_silent() -> None:
    with capture_of(Script([None] * 3, live=False), stall_s=0.1) as capture:
        assert capture.next(SOON_S) is not None
        time.sleep(0.3)
        capture.next(0.0)  # asks, and does not wait for the answer
        assert capture.next(SOON_S) is not None


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
    assert time.monotonic() - started_s < 1
    assert not source.closed.is_set(), "released under a read that is still going on"
    driver.set()
    assert source.closed.wait(SOON_S), "released as soon as the read returned"


def test_the_age_of_handed_over_frames_does_not_grow_when_the_reader_is_slow() -> None:
    def camera_at_200_fps() -> Iterator[Callable[[], object] | None]:
        while True:
            yield lambda: time.sleep(0.005)
            yield None

    ages_s = []
    with capture_of(Script(camera_at_200_fps(), live=True)) as capture:
        for _ in range(10):
            captured = capture.next(SOON_S)
            assert captured is not None
            ages_s.append(time.monotonic() - captured.monotonic_s)
            time.sleep(0.04)
        assert capture.dropped > 10
    assert sorted(ages_s)[5] < 0.02
