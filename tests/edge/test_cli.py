"""edge.cli: exit codes and the one line on stderr."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace

import pytest

from edge.cli import UsageError, run_command
from edge.errors import EdgeError, ModelFileError


def raising(error: BaseException):
    def run(args: Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize("returned, code", [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_exit_code_is_what_the_command_returns(returned, code):
    assert run_command(lambda args: returned, Namespace()) == code


def test_the_command_gets_its_arguments():
    assert run_command(lambda args: args.number, Namespace(number=7)) == 7


@pytest.mark.parametrize(
    "error, code",
    [
        pytest.param(EdgeError("x: y; z"), 1, id="fault"),
        pytest.param(ModelFileError("x: y; z"), 1, id="fault of a kind"),
        pytest.param(UsageError("x: y; z"), 2, id="wrong usage"),
    ],
)
def test_an_error_is_one_line_on_stderr(error, code, capsys):
    assert run_command(raising(error), Namespace()) == code
    captured = capsys.readouterr()
    assert captured.err == "error: x: y; z\n"
    assert captured.out == ""


def test_line_breaks_in_a_message_do_not_make_a_second_line(capsys):
    run_command(raising(EdgeError("a\nb\r\n  c")), Namespace())
    assert capsys.readouterr().err == "error: a b c\n"


def test_what_was_noticed_before_comes_first(capsys):
    error = EdgeError("x: y; z")
    error.add_note("warning: a")
    error.add_note("note: b")
    assert run_command(raising(error), Namespace()) == 1
    assert capsys.readouterr().err == "warning: a\nnote: b\nerror: x: y; z\n"


def test_ctrl_c_that_a_command_lets_through_is_130(capsys):
    assert run_command(raising(KeyboardInterrupt()), Namespace()) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(lambda args: 1 // 0, Namespace())


# OpenCV at work in a thread: sys.exit(3) would abort; and output that is not flushed yet.
_BUSY = """
import sys, threading, time
import cv2, numpy as np
from edge.cli import leave
def work():
    while True:
        cv2.GaussianBlur(np.zeros((480, 640, 3), np.uint8), (31, 31), 0)
for _ in range({threads}):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
print("the last line", end="")
leave(3)
"""


@pytest.mark.parametrize("threads", [0, 1])
def test_leaving_keeps_code_and_output_whatever_threads_do(threads):
    done = subprocess.run(
        [sys.executable, "-c", _BUSY.format(threads=threads)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (3, "the last line", "")
