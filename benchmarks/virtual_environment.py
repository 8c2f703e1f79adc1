"""Virtual environments that a benchmark builds for itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from edge.errors import EdgeError

_LIMIT_S = 1800  # TensorFlow over a slow line


class InstallError(EdgeError):
    """What cannot be installed here: no network, no wheel for this Python, a full disk."""


def make_environment(home: Path) -> Path:
    """The Python of a new environment of this Python at ``home``; InstallError if it fails."""
    _run([sys.executable, "-m", "venv", str(home)])
    return home / "bin" / "python"


def pip(python: Path, command: str, *arguments: str) -> float:
    """Run ``pip COMMAND`` of that environment; the seconds it took. InstallError if it fails."""
    quiet = ["--quiet", "--disable-pip-version-check"]
    return _run([str(python), "-m", "pip", command, *quiet, *arguments])


def _run(command: Sequence[str]) -> float:
    start = time.monotonic()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"took more than {_LIMIT_S} s; try again with a better line") from error
    except OSError as error:
        raise InstallError(f"{command[0]}: {error.strerror or error}") from error
    if done.returncode:
        raise InstallError(f"{last_word(done.stderr + done.stdout)}; check the network")
    return time.monotonic() - start


def last_word(said: str) -> str:
    """pip's first line that says ERROR, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    found = (errors[:1] or lines[-1:] or ["ended without a word"])[0]
    return found.removeprefix("ERROR:").strip()
