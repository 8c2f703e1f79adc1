"""Virtual environments that a benchmark builds for itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import ChildError, Task, run
from edge.errors import EdgeError

_LIMIT_S = 1800  # TensorFlow over a slow line
_OTHER_FOLDER = "free some space or name another folder"
# What pip says of a folder rather than of the network.
_DISK = ("No space left", "Permission denied", "Read-only file system", "Not a directory")


class InstallError(EdgeError):
    """What cannot be installed here: no network, no wheel for this Python, a full disk."""


def make_environment(home: Path) -> Path:
    """The Python of a new environment of this Python at ``home``; InstallError if it fails."""
    try:
        _run([sys.executable, "-m", "venv", str(home)])
    except ChildError as error:
        fault = error.fault if error.code is None else last_word(error.said)
        raise InstallError(
            f"{home}: cannot become an environment ({fault}); {_OTHER_FOLDER}"
        ) from error
    return home / "bin" / "python"


def pip(python: Path, command: str, *arguments: str) -> float:
    """Run ``pip COMMAND`` of that environment; the seconds it took. InstallError if it fails."""
    quiet = ["--quiet", "--disable-pip-version-check"]
    try:
        return _run([str(python), "-m", "pip", command, *quiet, *arguments])
    except ChildError as error:
        if error.code is None:
            raise InstallError(str(error)) from error
        word = last_word(error.said)
        remedy = _OTHER_FOLDER if any(sign in word for sign in _DISK) else "check the network"
        raise InstallError(f"{word}; {remedy}") from error


def _run(command: Sequence[str]) -> float:
    """The seconds it took; ChildError if it fails."""
    start = time.monotonic()
    task = Task(" ".join(command[2:4]), _LIMIT_S, "try again with a better line")
    run(command, task, cwd=None)
    return time.monotonic() - start


def last_word(said: str) -> str:
    """pip's first line that says ERROR, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    found = (errors[:1] or lines[-1:] or ["ended without a word"])[0]
    return found.removeprefix("ERROR:").strip()
