"""When a source is opened again, and what is said of its fault, in seconds by hand."""

from __future__ import annotations

import pytest

from edge.capture.outage import Cause, Outage, SourceFault, Trouble


def trouble(fault: SourceFault, cause: Cause, since_s: float) -> Trouble:
    return Trouble(fault, cause, f"camera 0: {fault}; do something", since_s)


def begun(fault: SourceFault, cause: Cause, tries: int = 0) -> Outage:
    """An outage that begins at 100 s, and of which people know."""
    outage = Outage(trouble(fault, cause, 100.0), tries)
    change = outage.news(100.0)
    assert change is not None
    assert (change.state, change.fault, change.monotonic_s) == ("fault", fault, 100.0)
    return outage


def said(outage: Outage, now_s: float) -> SourceFault | None:
    change = outage.news(now_s)
    return None if change is None else change.fault


def delays(outage: Outage, cause: Cause, count: int) -> list[float]:
    """Seconds before each of the next openings, without jitter."""
    waited = []
    for _ in range(count):
        outage.wait(cause, 0.0, 0.5)
        assert outage.retry_s is not None
        waited.append(outage.retry_s)
        outage.opened_again()
    return waited


def test_what_is_gone_is_tried_at_once_and_then_about_once_a_second() -> None:
    outage = begun("lost", "gone")
    assert delays(outage, "gone", 6) == pytest.approx([0.0, 0.1, 0.2, 0.4, 0.8, 0.8])
    outage.wait("gone", 0.0, 1.0)
    assert outage.retry_s is not None and outage.retry_s <= 1.0 + 1e-9, "jitter included"


def test_what_still_gives_frames_is_tried_seldom() -> None:
    outage = begun("dark", "dark")
    assert delays(outage, "dark", 8) == [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]


def test_tries_in_vain_before_it_count() -> None:
    assert delays(begun("lost", "gone", tries=3), "gone", 1) == [0.4]


def test_a_fault_is_said_once() -> None:
    outage = begun("lost", "gone")
    outage.take(trouble("stalled", "gone", 101.0))
    assert said(outage, 500.0) is None, "gone all the same"


def test_another_fault_is_said_once_when_it_stays() -> None:
    outage = begun("dark", "dark", tries=5)
    outage.wait("dark", 100.0, 0.5)
    outage.take(trouble("lost", "gone", 200.0))
    assert said(outage, 201.9) is None
    assert outage.fault == "dark"
    outage.take(trouble("stalled", "gone", 201.9))
    assert said(outage, 202.0) == "lost"
    assert said(outage, 900.0) is None
    assert outage.fault == "lost"
    assert (outage.tries, outage.retry_s) == (0, 202.0), "another fault is tried afresh"


def test_a_fault_in_passing_is_not_said() -> None:
    outage = begun("dark", "dark")
    for now_s in (200.0, 500.0, 800.0):  # one opening in vain, five minutes apart
        outage.take(trouble("lost", "gone", now_s))
        assert said(outage, now_s) is None
        outage.take(trouble("dark", "dark", now_s + 1.0))
        assert said(outage, now_s + 200.0) is None


def test_stuck_driver_calls_are_said_once_as_the_fault_that_it_is() -> None:
    outage = begun("stalled", "gone")
    change = outage.stuck("camera 0", 3, 120.0)
    assert change is not None
    assert (change.state, change.fault, change.monotonic_s) == ("fault", "stalled", 120.0)
    assert change.message.startswith("camera 0: 3 calls to its driver are stuck")
    assert "; switch the camera off and on, or restart the app" in change.message
    assert outage.stuck("camera 0", 4, 900.0) is None
    assert said(outage, 900.0) is None


def test_the_end_tells_the_whole_outage() -> None:
    outage = begun("dark", "dark", tries=7)
    outage.opened_again()
    outage.put_off(110.0)
    outage.opened_again()
    change = outage.ended("camera 0", 112.5)
    assert (change.state, change.fault, change.monotonic_s) == ("recovered", "dark", 112.5)
    assert (change.down_s, change.attempts) == (12.5, 2), "tries before it are not its own"
    assert change.message == "camera 0: gives frames again after 12.5 s"
