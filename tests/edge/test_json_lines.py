"""JSON Lines into real pipes and files: readers that are slow, asleep or gone stop nothing."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pytest

from edge.outputs import ByteStream, JsonLines
from edge.stop import Stop
from tests.edge.material import AT_ONCE_S, PATIENCE, decision, wait_until

EVENT = {"type": "event", "event": "enter"}


def json_lines(stream: TextIO, stop: Stop | None = None, every: int = 1) -> JsonLines:
    return JsonLines(ByteStream(stream, "stdout"), stop or Stop(), every=every)


@contextmanager
def pipe() -> Iterator[tuple[TextIO, int]]:
    """The writing end as a stream, and the descriptor of the reading end."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        try:
            yield stream, reading
        finally:
            os.close(reading)


class Reader(threading.Thread):
    """Reads a pipe to its end, ``pause_s`` after each piece."""

    def __init__(self, descriptor: int, pause_s: float, size: int = 4096) -> None:
        super().__init__(daemon=True)
        self._descriptor = descriptor
        self._pause_s = pause_s
        self._size = size
        self.data = b""
        self.start()

    def run(self) -> None:
        while piece := os.read(self._descriptor, self._size):
            self.data += piece
            time.sleep(self._pause_s)

    def records(self) -> list[dict[str, Any]]:
        """All lines, once the writing end is closed; raises for one that is not whole."""
        self.join(10 * PATIENCE)
        assert not self.is_alive()
        assert self.data.endswith(b"\n")
        return [json.loads(line) for line in self.data.splitlines()]


def wait_until_released(output: JsonLines) -> None:
    """Return when nothing is written any more: the descriptor may become another file's."""
    wait_until(lambda: not output._outlet._thread.is_alive())


def test_any_label_is_one_line_of_ascii_that_reads_back() -> None:
    label = 'größe\n"猫"\t\u2028'
    stream = io.StringIO()
    output = json_lines(stream)
    output.show(decision(label))
    output.close()
    assert stream.getvalue().isascii()
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue())["label"] == label


@pytest.mark.parametrize(("every", "frames"), [(1, [0, 1, 2, 3, 4]), (2, [0, 2, 4]), (0, [])])
def test_one_decision_of_n_and_every_event(every: int, frames: list[int]) -> None:
    stream = io.StringIO()
    output = json_lines(stream, every=every)
    for number in range(5):
        output.show(decision(number=number))
        output.note(EVENT)
    output.close()
    shown = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["frame"] for line in shown if line["type"] == "decision"] == frames
    assert sum(line["type"] == "event" for line in shown) == 5


def test_a_slow_reader_loses_live_decisions_but_no_event_and_holds_nobody_up(capfd) -> None:
    with pipe() as (stream, reading):
        output = json_lines(stream)
        reader = Reader(reading, pause_s=0.02 * PATIENCE)
        shown_s = []
        for number in range(5000):
            started_s = time.monotonic()
            output.show(decision(number=number))
            if number % 500 == 0:
                output.note({**EVENT, "number": number})
            shown_s.append(time.monotonic() - started_s)
        output.close()
        stream.close()
        records = reader.records()
    frames = [record["frame"] for record in records if record["type"] == "decision"]
    events = [record["number"] for record in records if record["type"] == "event"]
    assert np.percentile(shown_s, 99) < 0.01 * PATIENCE
    assert frames == sorted(frames)
    assert events[0] == 0, "the oldest decisions give way, events do not"
    assert events == sorted(events)
    assert 100 < len(frames) < 5000
    assert len(records) + output.lost == 5010
    warning, *more = capfd.readouterr().err.splitlines()
    assert warning.startswith("warning: stdout: its reader is too slow; ")
    assert more == []


def test_no_event_is_lost_to_decisions_that_nobody_reads() -> None:
    with pipe() as (stream, reading):
        output = json_lines(stream)
        for number in range(3000):
            output.show(decision(number=number))
            if number % 100 == 0:
                output.note({**EVENT, "number": number})
        reader = Reader(reading, pause_s=0)
        wait_until(lambda: not output._outlet.pending)
        output.close()
        stream.close()
        records = reader.records()
    events = [record["number"] for record in records if record["type"] == "event"]
    assert events == list(range(0, 3000, 100))
    assert output.lost == 3030 - len(records)


def test_every_picture_arrives_at_a_slow_reader() -> None:
    with pipe() as (stream, reading):
        output = json_lines(stream)
        reader = Reader(reading, pause_s=0.004)
        for number in range(3000):
            output.show(decision(number=number, path=f"{number}.jpg"))
        output.close()
        stream.close()
        frames = [record["frame"] for record in reader.records()]
    assert frames == list(range(3000))
    assert output.lost == 0


def test_pictures_wait_for_a_sleeping_reader_until_the_run_is_to_stop() -> None:
    stop = Stop()
    with pipe() as (stream, reading):
        output = json_lines(stream, stop)
        threading.Timer(0.4 * PATIENCE, stop.request).start()
        started_s = time.monotonic()
        shown = 0
        while not stop.requested:
            output.show(decision(number=shown, path="a.jpg"))
            shown += 1
        assert 0.4 * PATIENCE <= time.monotonic() - started_s < AT_ONCE_S
        started_s = time.monotonic()
        output.close()
        assert time.monotonic() - started_s < AT_ONCE_S
        stream.close()
        arrived = len(Reader(reading, pause_s=0).records())
    assert 0 < arrived < shown
    assert arrived + output.lost == shown


def test_a_sleeping_reader_cannot_hold_the_end_and_gets_whole_lines() -> None:
    with pipe() as (stream, reading):
        output = json_lines(stream)
        for number in range(1500):
            output.show(decision(number=number))
        started_s = time.monotonic()
        output.close()
        assert time.monotonic() - started_s < AT_ONCE_S
        wait_until_released(output)
        output.show(decision())
        output.close()
        stream.close()
        assert len(Reader(reading, pause_s=0).records()) + output.lost == 1501


def test_memory_is_bounded_while_nobody_reads() -> None:
    with pipe() as (stream, _):
        output = json_lines(stream)
        tracemalloc.start()
        try:
            for number in range(1500):
                frame = np.zeros((240, 320, 3), np.uint8)  # 345 MB of them
                output.show(decision("x" * 2000, number=number, frame=frame))
            assert tracemalloc.get_traced_memory()[1] < 6_000_000
        finally:
            tracemalloc.stop()
        output.close()
        wait_until_released(output)
    assert output.lost > 500


def test_a_reader_that_has_gone_is_one_warning_and_the_run_goes_on(capfd) -> None:
    reading, writing = os.pipe()
    stop = Stop()
    with os.fdopen(writing, "w") as stream:
        output = json_lines(stream, stop)
        output.show(decision())
        wait_until(lambda: not output._outlet.pending)
        os.close(reading)
        for _ in range(3):
            output.show(decision(path="a.jpg"))
        output.note(EVENT)
        output.close()
    assert output.lost == 4
    assert not stop.requested
    expected = "warning: stdout: its reader has gone; the run goes on, its lines are lost\n"
    assert capfd.readouterr() == ("", expected)


def test_a_named_pipe_takes_a_new_reader(tmp_path: Path, capfd, monkeypatch) -> None:
    monkeypatch.setattr("edge.outputs.losses._CALM_S", 0.0)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    first = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with open(fifo, "w") as stream:
        output = json_lines(stream)
        os.close(first)
        output.show(decision(number=0))
        output.show(decision(number=1))
        wait_until(lambda: output.lost == 2)
        second = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        output.show(decision(number=2))
        output.close()
    assert [record["frame"] for record in Reader(second, pause_s=0).records()] == [2]
    os.close(second)
    assert capfd.readouterr().err.splitlines()[1:] == ["stdout: works again; 2 lines were lost"]


def test_lines_longer_than_a_pipe_arrive_whole_at_a_slow_reader() -> None:
    labels = [letter * 200_000 for letter in "abc"]
    with pipe() as (stream, reading):
        output = json_lines(stream)
        reader = Reader(reading, pause_s=0.001, size=50_000)
        for label in labels:
            output.show(decision(label, path="a.jpg"))
        output.close()
        stream.close()
        assert [record["label"] for record in reader.records()] == labels


def test_a_pipe_that_somebody_made_non_blocking_is_waited_for() -> None:
    with pipe() as (stream, reading):
        os.set_blocking(stream.fileno(), False)
        output = json_lines(stream)
        reader = Reader(reading, pause_s=0.002)
        for number in range(800):
            output.show(decision(number=number, path="a.jpg"))
        output.close()
        stream.close()
        assert len(reader.records()) == 800
    assert output.lost == 0


def test_a_full_disk_is_one_warning_and_every_line_is_counted(capfd) -> None:
    with open("/dev/full", "w") as stream:
        output = json_lines(stream)
        for _ in range(50):
            output.show(decision())
        output.close()
    assert output.lost == 50
    full = os.strerror(errno.ENOSPC)
    assert capfd.readouterr().err == (
        f"warning: stdout: cannot be written ({full}); free some space, lines are lost until then\n"
    )
