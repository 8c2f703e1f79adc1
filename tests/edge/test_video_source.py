"""Video files: every frame at its time, or as fast as it is asked for."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.sources.video import Pace
from tests.edge.material import (
    BLUE,
    GREEN,
    RED,
    open_it,
    plain,
    read_all,
    write_video,
)


def test_a_video_plays_at_its_own_rate_in_rgb(tmp_path: Path) -> None:
    frames = [plain(colour) for colour in (RED, GREEN, BLUE) for _ in range(4)]
    path = write_video(tmp_path / "clip.avi", frames, fps=25)
    started_s = time.monotonic()
    with open_it(path) as source:
        played = read_all(source)
    assert source.live
    assert [int(frame.pixels[20, 20].argmax()) for frame in played] == [0] * 4 + [1] * 4 + [2] * 4
    assert [frame.number for frame in played] == list(range(12))
    assert all(frame.monotonic_s >= started_s + frame.number / 25 for frame in played)


def test_frames_carry_the_moment_of_capture_on_both_clocks(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [plain(RED)], fps=25)
    with open_it(path) as source:
        before_s, before = time.monotonic(), datetime.now(UTC)
        frame = source.read()
        after_s, after = time.monotonic(), datetime.now(UTC)
    assert frame is not None
    assert before_s <= frame.monotonic_s <= after_s
    assert before <= frame.time <= after


def test_a_colon_in_a_video_name_is_no_protocol(tmp_path: Path, monkeypatch) -> None:
    write_video(tmp_path / "http:clip.avi", [plain(RED)], fps=25)
    monkeypatch.chdir(tmp_path)
    with open_it("http:clip.avi") as source:
        assert len(read_all(source)) == 1


def test_pace_follows_positions_bridges_gaps_and_does_not_rush() -> None:
    pace = Pace(fps=10, start_s=0.0)
    assert pace.due_s(500, now_s=3.0) == 3.0, "the first frame is due at once"
    assert pace.due_s(540, now_s=3.0) == pytest.approx(3.04)
    assert pace.due_s(540, now_s=3.0) == pytest.approx(3.14), "no position: one frame later"
    assert pace.due_s(99_999, now_s=3.0) == pytest.approx(3.24), "a jump: one frame later"
    assert pace.due_s(100_099, now_s=9.0) == pytest.approx(8.0), "far behind: at most a second"


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), 90_000.0])
def test_pace_without_a_usable_rate_takes_30_frames_a_second(fps: float) -> None:
    pace = Pace(fps, start_s=0.0)
    pace.due_s(0, now_s=0.0)
    assert pace.due_s(0, now_s=0.0) == pytest.approx(1 / 30)


def test_at_the_highest_rate_every_frame_comes_once_and_nothing_waits(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [plain(RED)] * 50, fps=1)
    started_s = time.monotonic()
    with open_it(path, max_rate=True) as source:
        played = read_all(source)
    assert time.monotonic() - started_s < 25, "at its own rate it takes 50 s"
    assert not source.live
    assert [frame.number for frame in played] == list(range(50))


def test_a_video_says_what_it_is_and_does_not_recover(tmp_path: Path) -> None:
    with open_it(write_video(tmp_path / "clip.avi", [plain(RED)], fps=25)) as source:
        assert source.description == "64x48 MJPG at 25 frames/s"
    assert not source.recovers


def test_damaged_frames_in_the_middle_are_counted_and_the_rest_is_played(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [plain(RED)] * 10, fps=25)
    data = bytearray(path.read_bytes())
    starts = [found.start() for found in re.finditer(rb"\xff\xd8\xff", bytes(data))]
    assert len(starts) == 10
    for start in starts[3:5]:
        end = data.find(b"00dc", start)
        data[start:end] = bytes(end - start)
    path.write_bytes(data)
    with open_it(path, max_rate=True) as source:
        played = read_all(source)
    assert [frame.number for frame in played] == [0, 1, 2, 5, 6, 7, 8, 9]
    assert source.damaged == 2
