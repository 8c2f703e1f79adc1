"""The rehearsal camera: each kind of trouble as a real camera shows it."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources import Source, faulty
from edge.sources.faulty import plan_start_s
from tests.edge.material import BLUE, GREEN, fault_of, open_it, plain, read_all, write_picture

_unique = iter(range(1, 1000))


def plan(steps: str) -> str:
    """A plan of its own for each test: one text, one clock."""
    return f"fault:{steps.replace('good=', f'good=0.00000{next(_unique)},good=', 1)}"


@pytest.fixture
def ideal_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time that passes only while the camera sleeps: counts of frames are the plan's own."""

    class Time:
        now_s = 1000.0

        def monotonic(self) -> float:
            self.now_s += 1e-6  # else a wait that rounding makes 0 s would never be over
            return self.now_s

        def sleep(self, seconds: float) -> None:
            self.now_s += seconds

    monkeypatch.setattr(faulty, "time", Time())


def read(source: Source) -> np.ndarray:
    frame = source.read()
    assert frame is not None
    return frame.pixels


def test_good_frames_come_at_thirty_a_second_move_and_end(ideal_time: None) -> None:
    with open_it(plan("good=1")) as source:
        frames = read_all(source)
    assert (source.live, source.recovers) == (True, True)
    assert source.description == "640x480 at 30 frames/s"
    assert 30 <= len(frames) <= 31
    assert [frame.number for frame in frames] == list(range(len(frames)))
    assert all(frame.pixels.shape == (480, 640, 3) for frame in frames)
    pairs = pairwise(frames)
    assert not any(np.array_equal(a.pixels, b.pixels) for a, b in pairs)


def test_the_size_that_is_asked_of_cameras_is_given() -> None:
    with open_it(plan("good=1"), width=320, height=200) as source:
        assert read(source).shape == (200, 320, 3)


def test_a_frozen_camera_repeats_one_frame_and_a_covered_one_is_black(ideal_time: None) -> None:
    with open_it(plan("good=0.2,freeze=0.3,black=0.3")) as source:
        frames = [frame.pixels for frame in read_all(source)]
    black = [frame for frame in frames if not frame.any()]
    repeated = sum(np.array_equal(a, b) for a, b in pairwise(frames))
    assert len(black) == 9
    assert repeated >= 2 * (9 - 1)


def test_a_stalled_camera_blocks_until_the_step_is_over(ideal_time: None) -> None:
    text = plan("good=0.2,stall=0.6,good=0.3")
    with open_it(text) as source:
        frames = read_all(source)
    gaps_s = np.diff([frame.monotonic_s for frame in frames])
    assert gaps_s.max() == pytest.approx(0.6, abs=0.05)


def test_damaged_frames_are_counted_and_none_is_handed_over(ideal_time: None) -> None:
    with open_it(plan("good=0.2,corrupt=0.5,good=0.2")) as source:
        frames = read_all(source)
    assert source.damaged == 15
    assert frames[-1].number == len(frames) - 1 + source.damaged


def test_a_slow_camera_gives_a_frame_a_second_and_recovers_at_once(ideal_time: None) -> None:
    with open_it(plan("good=0.1,slow=1.5,good=0.2")) as source:
        frames = read_all(source)
    gaps_s = np.diff([frame.monotonic_s for frame in frames])
    assert gaps_s.max() == pytest.approx(1.0, abs=0.05)
    assert len(frames) >= 8


def test_another_size_lasts_to_the_end_of_the_step_for_new_connections_too() -> None:
    text = plan("good=0.2,resize=30")
    with open_it(text) as source:
        while read(source).shape != (240, 320, 3):
            pass
    with open_it(text) as source:
        assert read(source).shape == (240, 320, 3)


def test_an_unplugged_camera_fails_to_read_and_to_open_until_its_time() -> None:
    text = plan("good=0.2,error=0.5,good=30")
    with open_it(text) as source, pytest.raises(SourceError, match="is unplugged, as planned; "):
        read_all(source)
    assert "is unplugged" in fault_of(text)
    started_s = plan_start_s(text)
    assert started_s is not None
    time.sleep(max(0.0, started_s + 0.72 - time.monotonic()))
    with open_it(text) as source:
        read(source)


def test_a_driver_with_a_bug_raises_what_no_source_should() -> None:
    text = plan("good=0.2,exception=30")
    with open_it(text) as source, pytest.raises(cv2.error, match="as planned"):
        read_all(source)
    with pytest.raises(ValueError, match="as planned"):
        open_it(text)


def test_the_plan_goes_on_while_nobody_is_connected() -> None:
    text = plan("good=0.3,black=30")
    with open_it(text) as source:
        assert read(source).any()
    time.sleep(0.35)
    with open_it(text) as source:
        assert not read(source).any()


def test_a_plan_that_is_over_stays_over() -> None:
    text = plan("good=0.1")
    with open_it(text) as source:
        read_all(source)
    with open_it(text) as source:
        assert source.read() is None


def test_own_pictures_are_shown_with_noise(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", plain(GREEN, 200, 100))
    write_picture(tmp_path / "b.png", plain(BLUE, 200, 100))
    with open_it(f"{plan('good=30')}@{tmp_path}", width=64, height=48) as source:
        first, second = read(source), read(source)
        later = [read(source) for _ in range(60)][-1]
    assert first.shape == (48, 64, 3)
    assert (first[..., 1] >= 249).all() and (first[..., 0] <= 6).all()
    assert not np.array_equal(first, second), "one picture alone must not look frozen"
    assert later[24, 32].argmax() == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fault:", "'' is no kind of fault; write fault:KIND=SECONDS"),
        ("fault:wobble=3", "'wobble' is no kind of fault; write"),
        ("fault:good=x", "'good=x' has no number of seconds above 0; write"),
        ("fault:good=1@absent", "absent: cannot be listed"),
    ],
)
def test_a_plan_that_cannot_be_read_says_what_one_looks_like(text: str, says: str) -> None:
    assert says in fault_of(text)


def test_the_kinds_are_listed_for_who_does_not_know_them() -> None:
    kinds = "good, stall, freeze, black, corrupt, error, slow, resize, exception"
    assert fault_of("fault:wobble=3").endswith(f"kinds are {kinds}")
