"""The reconnecting capture when a driver misbehaves: it raises, gives no frame, never returns."""

from __future__ import annotations

import math
import threading
import time

import cv2
import numpy as np
import pytest

from edge.capture import Patience, left_behind, reconnect
from edge.errors import SourceError
from edge.sources import CapturedFrame
from tests.edge.lens import SOON_S, Connection, Lens, block, plug_in, unblock, unplug, watched
from tests.edge.material import AT_ONCE_S


@pytest.fixture
def quick_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnect, "_FIRST_FRAME_S", 0.3)


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
