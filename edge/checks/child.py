"""Python code tried in a process of its own: imports can crash, hang, or print pages."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from edge.command import Finished, run_bounded

_REPOSITORY = Path(__file__).resolve().parents[2]


class ChildError(Exception):
    """The code did not come to its end; the message says why in a few words."""


def ask_python(code: str, *arguments: str, timeout_s: float) -> Any:
    """The JSON value on the last line that ``code`` prints.

    Raises ChildError when it fails, crashes or takes longer.
    """
    paths = (str(_REPOSITORY), os.environ.get("PYTHONPATH"))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    try:
        done = run_bounded([sys.executable, "-c", code, *arguments], timeout_s, env)
    except TimeoutError:
        raise ChildError(f"no answer within {timeout_s:g} s") from None
    except OSError as error:
        raise ChildError(f"Python cannot be started ({error})") from error
    if done.code != 0:
        raise ChildError(_reason(done))
    try:
        return json.loads(done.stdout.strip().rpartition("\n")[2])
    except ValueError as error:
        raise ChildError("gave no answer") from error


def _reason(done: Finished) -> str:
    if done.code < 0:
        return f"ended by signal {-done.code} ({signal.strsignal(-done.code)})"
    # The last line of a traceback; numpy prints advice of its own after some.
    lines = [line for line in done.stderr.splitlines() if line[:1].strip()]
    errors = [line for line in lines if "Error: " in line] or lines
    return errors[-1] if errors else f"ended with code {done.code}"
