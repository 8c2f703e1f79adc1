"""Outputs: the JSON that is promised, the line that people see, and readers that misbehave."""

from __future__ import annotations

import errno
import io
import json
import os
import pty
import termios
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.classifier import Prediction
from edge.errors import OutputError
from edge.health import FrameStatistics
from edge.outputs import (
    Decision,
    JsonLines,
    TerminalLine,
    cut_to_columns,
    decision_record,
    print_warning,
)
from edge.stop import Stop
from tests.edge.material import decision


def with_top(original: Decision, *top: Prediction) -> Decision:
    return replace(original, classification=replace(original.classification, top=top))


def test_the_record_is_exactly_what_is_documented() -> None:
    original = decision("cat", 0.87654321, number=7)
    moment = datetime(2026, 3, 1, 12, 30, 45, 678_912, tzinfo=UTC)
    shown = replace(original, captured=replace(original.captured, time=moment), frame_age_ms=4.25)
    assert decision_record(shown) == {
        "type": "decision",
        "time": "2026-03-01T12:30:45.678Z",
        "frame": 7,
        "top": [{"label": "cat", "score": 0.8765}, {"label": "other", "score": 0.1235}],
        "frame_age_ms": 4.25,
        "stages_ms": {"preprocess": 1.0, "invoke": 2.0, "postprocess": 0.5},
        "model": "0123456789ab",
    }


def test_the_documented_example_has_the_keys_of_a_record() -> None:
    page = Path(__file__).parents[2] / "docs" / "json-lines.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    examples = [json.loads(line) for line in lines if line.startswith('{"type"')]
    shown = decision_record(decision(path="photos/cat.jpg"))
    assert len(examples) == 2
    assert examples[0].keys() == shown.keys() - {"path"}
    assert examples[1].keys() == shown.keys()
    assert examples[0]["stages_ms"].keys() == shown["stages_ms"].keys()
    assert examples[0]["top"][0].keys() == shown["top"][0].keys()


def test_a_picture_has_its_path() -> None:
    assert decision_record(decision(path="photos/cat.jpg"))["path"] == "photos/cat.jpg"


def test_a_score_that_is_no_number_is_null() -> None:
    stream = io.StringIO()
    nan = with_top(decision(), Prediction("cat", float("nan")))
    JsonLines(stream, Stop()).show(nan)
    assert json.loads(stream.getvalue())["top"] == [{"label": "cat", "score": None}]
    assert "NaN" not in stream.getvalue()


def test_any_label_is_one_line_of_ascii_that_reads_back() -> None:
    label = 'größe\n"猫"\t\u2028'
    stream = io.StringIO()
    JsonLines(stream, Stop()).show(decision(label))
    assert stream.getvalue().isascii()
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue())["top"][0]["label"] == label


def test_a_file_name_that_is_no_unicode_reads_back() -> None:
    path = os.fsdecode(b"photos/\xff.jpg")
    stream = io.StringIO()
    JsonLines(stream, Stop()).show(decision(path=path))
    assert os.fsencode(json.loads(stream.getvalue())["path"]) == b"photos/\xff.jpg"


def test_a_reader_that_has_gone_stops_the_run_without_an_error() -> None:
    reading, writing = os.pipe()
    stop = Stop()
    with os.fdopen(writing, "w") as stream:
        output = JsonLines(stream, stop)
        output.show(decision())
        assert not stop.requested
        os.close(reading)
        output.show(decision())
        assert stop.requested
        output.close()


def test_a_reader_that_sleeps_cannot_hold_a_run_that_is_to_stop() -> None:
    reading, writing = os.pipe()
    stop = Stop()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading, "rb"):
        output = JsonLines(stream, stop)
        threading.Timer(0.2, stop.request).start()
        started_s = time.monotonic()
        while not stop.requested:
            output.show(decision(label="x" * 1000))  # 64 KiB fit into a pipe
        assert time.monotonic() - started_s < 1


def test_a_terminal_held_by_its_user_cannot_hold_a_run_that_is_to_stop() -> None:
    terminal, inside = pty.openpty()
    stop = Stop()
    with os.fdopen(inside, "w") as stream, os.fdopen(terminal, "rb", buffering=0):
        line = TerminalLine(stream, stop, FrameStatistics())
        termios.tcflow(inside, termios.TCOOFF)  # what Ctrl-S does
        threading.Timer(0.2, stop.request).start()
        started_s = time.monotonic()
        line.show(decision())
        line.close()
        assert 0.2 <= time.monotonic() - started_s < 1


def test_lines_longer_than_a_pipe_arrive_whole_at_a_slow_reader() -> None:
    reading, writing = os.pipe()
    labels = [letter * 200_000 for letter in "abc"]
    received: list[str] = []

    def read_slowly() -> None:
        with os.fdopen(reading, "r") as stream:
            while text := stream.read(50_000):
                received.append(text)
                time.sleep(0.002)

    reader = threading.Thread(target=read_slowly)
    reader.start()
    with os.fdopen(writing, "w") as stream:
        output = JsonLines(stream, Stop())
        for label in labels:
            output.show(decision(label))
    reader.join()
    lines = "".join(received).splitlines()
    assert [json.loads(line)["top"][0]["label"] for line in lines] == labels


def test_a_full_disk_is_one_clear_error() -> None:
    with (
        open("/dev/full", "w") as stream,
        pytest.raises(OutputError, match=rf"stdout: .*\({os.strerror(errno.ENOSPC)}\); free"),
    ):
        JsonLines(stream, Stop()).show(decision())


def drawn(stream: io.StringIO) -> list[str]:
    """What stood on the terminal's line, one entry a redraw."""
    return stream.getvalue().split("\r\x1b[K")[1:]


def test_the_terminal_line_is_refreshed_in_place(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = io.StringIO()
    line = TerminalLine(stream, Stop(), FrameStatistics())
    line.show(decision("cat", 0.91))
    assert drawn(stream) == ["cat  0.91 | 0.0 frames/s | age 4 ms"]
    for number in range(100):
        line.show(decision("dog", 0.5, number=number))
    assert len(drawn(stream)) < 50, "redrawn faster than anyone reads"
    assert "\n" not in stream.getvalue()
    line.close()
    assert drawn(stream)[-1] == "dog  0.50 | 0.0 frames/s | age 4 ms\n", "the newest stays"


def test_pictures_keep_a_line_each_on_a_terminal(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = io.StringIO()
    line = TerminalLine(stream, Stop(), FrameStatistics())
    line.show(decision("cat", 0.91, path="a.jpg"))
    line.show(decision("dog", 0.5, path="b.jpg"))
    line.close()
    assert drawn(stream) == ["cat  0.91  a.jpg\n", "dog  0.50  b.jpg\n"]


def test_a_line_that_never_was_leaves_no_mark() -> None:
    stream = io.StringIO()
    TerminalLine(stream, Stop(), FrameStatistics()).close()
    assert stream.getvalue() == ""


def test_the_line_fits_a_narrow_terminal(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    stream = io.StringIO()
    TerminalLine(stream, Stop(), FrameStatistics()).show(decision("Ibizan hound, Ibizan Podenco"))
    assert drawn(stream) == ["Ibizan houn"]


def test_a_terminal_without_unicode_shows_question_marks() -> None:
    raw = io.BytesIO()
    line = TerminalLine(io.TextIOWrapper(raw, encoding="ascii"), Stop(), FrameStatistics())
    line.show(decision("größe"))
    assert b"gr??e" in raw.getvalue()


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        pytest.param("cat", 3, "cat", id="fits"),
        pytest.param("cats", 3, "cat", id="cut"),
        pytest.param("猫猫", 3, "猫", id="two cells each"),
        pytest.param("e\u0301a", 2, "e\u0301a", id="accent takes no cell"),
        pytest.param("a\x1b[2Jb\n", 9, "a?[2Jb?", id="control characters do nothing"),
        pytest.param("cat", 0, "", id="no room"),
    ],
)
def test_cut_to_columns(text: str, columns: int, expected: str) -> None:
    assert cut_to_columns(text, columns) == expected


def test_a_warning_is_one_line_on_stderr(capsys) -> None:
    print_warning("a.jpg: broken\nin two; delete it")
    assert capsys.readouterr() == ("", "warning: a.jpg: broken in two; delete it\n")
