"""What frames tell about their source, in seconds by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge.capture.faults import FrameWatch, is_dark
from edge.preprocess import Frame
from tests.edge.material import plain

RNG = np.random.default_rng(0)


def noisy(level: int = 100, width: int = 64, height: int = 48) -> Frame:
    """A new frame of a sensor: never twice the same."""
    return RNG.integers(level, level + 8, (height, width, 3), np.uint8)


def test_frames_with_noise_are_good_however_long() -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=1.0)
    assert [watch.see(noisy(), float(s)) for s in range(50)] == [None] * 50


def test_equal_frames_are_frozen_after_the_limit_and_good_again_at_once() -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=1.0)
    frame = noisy()
    assert watch.see(frame, 0.0) is None
    assert watch.see(frame.copy(), 0.5) is None, "equal since 0.5"
    assert watch.see(frame.copy(), 1.4) is None
    assert watch.see(frame.copy(), 1.5) == "frozen"
    assert watch.see(frame.copy(), 1.6) == "frozen"
    assert watch.see(noisy(), 1.7) is None
    assert watch.see(frame.copy(), 1.8) is None


def test_one_other_pixel_between_the_sampled_ones_is_life() -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=1.0)
    frame = noisy()
    for step in range(10):
        frame = frame.copy()
        frame[7, 9, 1] ^= 1
        assert watch.see(frame, float(step)) is None


def test_a_new_connection_that_repeats_the_frame_is_still_frozen() -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=1.0)
    frame = noisy()
    for now_s in (0.0, 0.1, 2.0):
        watch.see(frame.copy(), now_s)
    watch = watch.reconnected()
    assert watch.see(frame.copy(), 2.1) == "frozen"


@pytest.mark.parametrize("frame", [plain((0, 0, 0)), plain((16, 16, 16))], ids=["black", "video"])
def test_black_is_dark_and_not_frozen(frame: Frame) -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=2.0)
    assert [watch.see(frame.copy(), s / 2) for s in range(5)] == [None] * 4 + ["dark"]
    assert watch.see(noisy(), 3.0) is None


def test_limits_of_infinity_never_come() -> None:
    watch = FrameWatch(frozen_s=math.inf, dark_s=math.inf)
    assert {watch.see(plain((0, 0, 0)), s * 1e6) for s in range(5)} == {None}


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param(noisy(0), True, id="noise of a covered sensor"),
        pytest.param(noisy(30), False, id="dim room"),
        pytest.param(
            np.concatenate([plain((0, 0, 0))] * 15 + [plain((250, 250, 250), height=16)]),
            False,
            id="a lamp in the night",
        ),
    ],
)
def test_what_is_dark(frame: Frame, expected: bool) -> None:
    assert is_dark(frame) is expected


def test_another_size_is_a_fault_until_a_new_connection_insists_on_it() -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=1.0)
    assert watch.see(noisy(width=64), 0.0) is None
    assert watch.see(noisy(width=32), 0.1) == "resized"
    assert watch.see(noisy(width=32), 0.2) == "resized", "the same connection"
    watch = watch.reconnected()
    assert watch.see(noisy(width=32), 0.3) is None
    assert watch.size == (32, 48)
    assert watch.see(noisy(width=64), 0.4) == "resized", "the new size is the rule now"


def test_the_old_size_after_the_new_connection_is_good() -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=1.0)
    watch.see(noisy(width=64), 0.0)
    watch.see(noisy(width=32), 0.1)
    watch = watch.reconnected()
    assert watch.see(noisy(width=64), 0.2) is None
    assert watch.size == (64, 48)


def test_a_late_frame_of_the_connection_before_changes_nothing() -> None:
    before = FrameWatch(frozen_s=1.0, dark_s=1.0)
    before.see(noisy(width=64), 0.0)
    before.see(noisy(width=32), 0.1)
    now = before.reconnected()
    assert before.see(noisy(width=32), 0.2) == "resized", "its thread was stuck until now"
    assert now.fault is None
    assert now.see(noisy(width=32), 0.3) is None, "the first frame of this one"


def test_a_new_connection_begins_without_a_fault() -> None:
    watch = FrameWatch(frozen_s=1.0, dark_s=1.0)
    for now_s in (0.0, 1.0):
        watch.see(plain((0, 0, 0)), now_s)
    assert watch.fault == "dark"
    watch = watch.reconnected()
    assert watch.fault is None
    assert watch.see(plain((0, 0, 0)), 1.1) == "dark", "for as long as before"
