"""Which version of this software runs: what tells two of them apart when their figures differ."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = ("train", "edge")  # whose code decides what a training gives
_GIT_TIMEOUT_S = 10.0


@cache
def software() -> dict[str, str | None]:
    """What runs here, as it was when first asked: a checkout may change while a training runs."""
    return software_at(_ROOT)


def software_at(root: Path) -> dict[str, str | None]:
    """``commit``: of the checkout at ``root``, None without git; ``sha256``: of the code there.

    The hash goes over names and contents of the Python files that a training may run, so that a
    change that was not committed shows, too.
    """
    return {"commit": _commit(root), "sha256": _hash(root)}


def _commit(root: Path) -> str | None:
    if not (root / ".git").exists():  # or git would look in the folders above
        return None
    try:
        told = subprocess.run(
            ("git", "-C", str(root), "rev-parse", "HEAD"),
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()


def _hash(root: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(p for folder in _FOLDERS for p in (root / folder).rglob("*.py")):
        whole.update(f"{path.relative_to(root).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
