"""How many connections may be stuck in a driver, and when one more is tried, by hand."""

from __future__ import annotations

from edge.capture.left_behind import LeftBehind


class Thread:
    """A thread that is stuck until a test says otherwise."""

    released = False


def full(now_s: float = 0.0) -> tuple[LeftBehind, list[Thread]]:
    """Three that are stuck, and no room since ``now_s``."""
    behind, threads = LeftBehind(), [Thread() for _ in range(3)]
    for thread in threads:
        assert behind.has_room(now_s)
        behind.add(thread)
    assert not behind.has_room(now_s)
    return behind, threads


def test_room_for_one_that_may_be_stuck_too() -> None:
    behind = LeftBehind()
    for expected in (True, True, False, False):
        assert behind.would_have_room() is expected
        behind.add(Thread())


def extra_tries_s(behind: LeftBehind, until_s: int) -> list[int]:
    """The seconds at which one more is tried, each of which is stuck as well."""
    tries = []
    for now_s in range(until_s):
        if behind.has_room(now_s):
            tries.append(now_s)
            behind.add(Thread())
    return tries


def test_one_more_is_tried_after_one_two_four_minutes() -> None:
    behind, _ = full()
    # A second passes between each try and the next look.
    assert extra_tries_s(behind, 1000) == [60, 61 + 120, 182 + 240, 423 + 480]


def test_there_are_sixteen_at_most_however_long_it_takes() -> None:
    behind, _ = full()
    tries = extra_tries_s(behind, 60 * 2**14)
    assert len(tries) == 16 - 3
    assert behind.count == 16
    assert not behind.has_room(1e9)


def test_one_that_comes_back_makes_room_at_once() -> None:
    behind, threads = full()
    assert len(extra_tries_s(behind, 1000)) == 4
    assert not behind.has_room(1000.0)
    threads[0].released = True
    assert behind.has_room(1000.0)
    assert behind.count == 6
    behind.add(Thread())
    assert not behind.has_room(1000.0)


def test_when_the_driver_lets_go_all_is_as_at_first() -> None:
    behind, threads = full()
    assert len(extra_tries_s(behind, 100)) == 1
    for thread in threads:
        thread.released = True
    assert behind.has_room(100.0)
    for _ in range(2):
        behind.add(Thread())
    assert not behind.has_room(100.0)
    assert not behind.has_room(159.0)
    assert behind.has_room(160.0)


def test_people_hear_of_it_when_it_lasts() -> None:
    behind, threads = full(10.0)
    assert not behind.is_stuck(11.9)
    assert behind.is_stuck(12.0)
    threads[0].released = True
    assert behind.has_room(13.0)
    assert not behind.is_stuck(13.0)
