"""edge.cli: exit codes and the one line on stderr."""

from __future__ import annotations

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


def test_ctrl_c_that_a_command_lets_through_is_130(capsys):
    assert run_command(raising(KeyboardInterrupt()), Namespace()) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(lambda args: 1 // 0, Namespace())
