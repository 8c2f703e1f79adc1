"""The line for people: refreshed in place, cut to the terminal, never in the way."""

from __future__ import annotations

import io
import os
import pty
import select
import termios
import time

import pytest

from edge.decide import Verdict
from edge.health import FrameStatistics
from edge.outputs import TerminalLine
from edge.outputs.terminal import cut_to_columns
from edge.stop import Stop
from tests.edge.material import AT_ONCE_S, decision, wait_until

FAULT = {"type": "source", "state": "fault", "fault": "lost", "message": "camera 0: gone"}
RECOVERED = {"type": "source", "state": "recovered", "fault": "lost", "down_s": 1.0, "attempts": 1}


@pytest.fixture
def stream(monkeypatch) -> io.StringIO:
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    return io.StringIO()


def terminal_line(stream: io.StringIO) -> TerminalLine:
    return TerminalLine(stream, Stop(), FrameStatistics())


def drawn(stream: io.StringIO) -> list[str]:
    """What stood on the terminal's line, one entry a redraw."""
    return stream.getvalue().split("\r\x1b[K")[1:]


def wait_until_drawn(stream: io.StringIO, text: str) -> None:
    wait_until(lambda: text in stream.getvalue())


def test_the_line_is_refreshed_in_place(stream) -> None:
    line = terminal_line(stream)
    line.show(decision("cat", 0.91))
    wait_until_drawn(stream, "cat")
    for number in range(100):
        line.show(decision("dog", 0.5, number=number))
    line.close()
    redraws = drawn(stream)
    assert redraws[0] == "cat  0.91 | 0.0 frames/s | age 4 ms"
    assert redraws[-1] == "dog  0.50 | 0.0 frames/s | age 4 ms\n", "the newest stays"
    assert len(redraws) < 50, "redrawn faster than anyone reads"
    assert stream.getvalue().count("\n") == 1


def test_what_no_class_explains_is_unknown(stream) -> None:
    line = terminal_line(stream)
    line.show(decision()._replace(verdict=Verdict(None, 0.31, (), events=())))
    line.close()
    assert drawn(stream) == ["unknown  0.31 | 0.0 frames/s | age 4 ms\n"]


def test_pictures_keep_a_line_each(stream) -> None:
    line = terminal_line(stream)
    line.show(decision("cat", 0.91, path="a.jpg"))
    line.show(decision("dog", 0.5, path="b.jpg"))
    line.close()
    assert drawn(stream) == ["cat  0.91  a.jpg\n", "dog  0.50  b.jpg\n"]


def test_while_no_frame_comes_it_says_why(stream) -> None:
    line = terminal_line(stream)
    line.idle()
    line.note({"type": "health", "state": "fault"})
    line.note(FAULT)
    line.idle()
    wait_until_drawn(stream, "source lost, reconnecting 0 s")
    time.sleep(1.05)
    line.idle()
    wait_until_drawn(stream, "source lost, reconnecting 1 s")
    line.note(RECOVERED)
    time.sleep(0.1)
    line.show(decision("cat", 0.91))
    line.close()
    assert drawn(stream)[-1] == "cat  0.91 | 0.0 frames/s | age 4 ms\n"


def test_a_fault_with_frames_stands_beside_the_label(stream) -> None:
    line = terminal_line(stream)
    line.note({**FAULT, "fault": "dark"})
    line.show(decision("cat", 0.91))
    line.idle()
    line.close()
    assert drawn(stream) == ["cat  0.91 | 0.0 frames/s | age 4 ms | dark or covered 0 s\n"]


def test_a_line_that_never_was_leaves_no_mark(stream) -> None:
    terminal_line(stream).close()
    assert stream.getvalue() == ""


def test_closing_twice_ends_the_line_once(stream) -> None:
    line = terminal_line(stream)
    line.show(decision())
    line.close()
    line.close()
    assert stream.getvalue().count("\n") == 1


def test_the_line_fits_a_narrow_terminal(stream, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    line = terminal_line(stream)
    line.show(decision("Ibizan hound, Ibizan Podenco"))
    line.close()
    assert drawn(stream) == ["Ibizan houn\n"]


def test_a_terminal_without_unicode_shows_question_marks() -> None:
    raw = io.BytesIO()
    line = TerminalLine(io.TextIOWrapper(raw, encoding="ascii"), Stop(), FrameStatistics())
    line.show(decision("größe"))
    line.close()
    assert b"gr??e" in raw.getvalue()


def test_a_terminal_held_by_its_user_holds_nobody_up() -> None:
    terminal, inside = pty.openpty()
    with os.fdopen(inside, "w") as stream, os.fdopen(terminal, "rb", buffering=0) as screen:
        line = TerminalLine(stream, Stop(), FrameStatistics())
        termios.tcflow(inside, termios.TCOOFF)  # what Ctrl-S does
        for number in range(200):
            started_s = time.monotonic()
            line.show(decision("cat", number=number))
            assert time.monotonic() - started_s < AT_ONCE_S
            time.sleep(0.001)
        termios.tcflow(inside, termios.TCOON)  # Ctrl-Q
        text = ""

        def shows_the_dog() -> bool:
            nonlocal text
            line.show(decision("dog"))
            if select.select([screen], [], [], 0.02)[0]:
                text += os.read(screen.fileno(), 65536).decode()
            return "dog" in text

        wait_until(shows_the_dog)
        assert text.count("cat") < 5, "what was missed is not shown after all"
        assert "dog" in text.split("\r\x1b[K")[-1]
        termios.tcflow(inside, termios.TCOOFF)
        line.show(decision("cat"))
        started_s = time.monotonic()
        line.close()
        assert time.monotonic() - started_s < AT_ONCE_S


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
