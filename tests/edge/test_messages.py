"""Messages on stderr: one line each, and a stderr that nobody reads holds nobody up."""

from __future__ import annotations

import os
import time

import edge.messages
from edge.messages import print_message, print_traceback, print_warning, warn_once
from tests.edge.material import AT_ONCE_S


def test_a_warning_is_one_line_on_stderr(capsys) -> None:
    print_warning("a.jpg: broken\nin two; delete it")
    assert capsys.readouterr() == ("", "warning: a.jpg: broken in two; delete it\n")


def test_it_is_one_line_on_a_real_descriptor_too(capfd) -> None:
    print_message("größe\n1")
    assert capfd.readouterr() == ("", "größe 1\n")


def test_a_traceback_is_as_python_prints_it_and_every_line_can_be_cleaned(capfd) -> None:
    try:
        raise ValueError("for you: secret")
    except ValueError as error:
        print_traceback(error, lambda line: line.replace("secret", "***"))
    first, *_, code, last = capfd.readouterr().err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert code.startswith("    raise ValueError")
    assert last == "ValueError: for you: ***"


def test_without_stderr_nothing_happens(monkeypatch, capfd) -> None:
    monkeypatch.setattr("sys.stderr", None)
    print_warning("nobody hears this")
    assert capfd.readouterr() == ("", "")


def test_a_reader_that_has_gone_is_no_error(monkeypatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        print_warning("nobody hears this")


def test_a_full_pipe_is_waited_for_once_and_used_again_when_it_is_read(monkeypatch) -> None:
    monkeypatch.setattr(edge.messages, "_stuck", False)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as reader, os.fdopen(writing, "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        filled = os.write(writing, b"x" * 65536)  # what a pipe holds
        started_s = time.monotonic()
        for _ in range(100):
            print_message("lost")
        assert 0.15 < time.monotonic() - started_s < AT_ONCE_S, "once, not a hundred times"
        while filled:
            filled -= len(reader.read(filled))
        print_message("heard")
        assert reader.read(100) == b"heard\n"


def test_the_same_warning_is_said_once(capfd) -> None:
    warn = warn_once()
    for text in ("a: fault; remedy", "b: fault; remedy", "a: fault; remedy"):
        warn(text)
    assert capfd.readouterr().err.splitlines() == [
        "warning: a: fault; remedy",
        "warning: b: fault; remedy",
    ]
