"""How every command ends: its exit code, and one line on stderr when something is wrong."""

from __future__ import annotations

import os
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from edge.errors import EdgeError, UsageError
from edge.messages import print_message

__all__ = ["NOT_PASSED", "UsageError", "leave", "run_command"]

NOT_PASSED = 3  # what a command returns that did its work, and what it judged is not good enough

_FAULT = 1
_WRONG_USAGE = 2  # what argparse itself exits with
_INTERRUPTED = 130  # the shell's number for Ctrl-C


def run_command(run: Callable[[Namespace], int | None], args: Namespace) -> int:
    """Call ``run(args)`` and return the exit code of the process.

    0 or ``run``'s own code when it returns, 1 for an EdgeError, 2 for a UsageError, 130 for a
    Ctrl-C that ``run`` let through (a command for which Ctrl-C is the normal end catches it and
    returns 0). Errors are one ``error: ...`` line on stderr, behind those that were added to them
    with ``add_note``; anything else keeps its traceback.
    """
    try:
        return run(args) or 0
    except UsageError as error:
        return _report(error, _WRONG_USAGE)
    except EdgeError as error:
        return _report(error, _FAULT)
    except BrokenPipeError:  # "| head" has read enough; Python would complain again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        print_message("interrupted")
        return _INTERRUPTED


def leave(code: int) -> NoReturn:
    """End the process with ``code``, whatever its daemon threads are stuck in.

    Python ends such a thread when it comes back from a driver or a decoder, and C++ code above it
    in the stack then aborts the process: a run that went well would end with code 134.
    """
    if threading.active_count() == 1:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, broken, or none at all
            stream.flush()
    os._exit(code)


def _report(error: EdgeError, code: int) -> int:
    for line in getattr(error, "__notes__", ()):
        print_message(line)
    print_message(f"error: {error}")
    return code
