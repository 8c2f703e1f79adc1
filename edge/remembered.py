"""Thread counts that were measured here before, so that a start need not measure again."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from edge.errors import OutputError

_MOST_ENTRIES = 100


def remembered_threads(key: str) -> int | None:
    """The count that was kept under ``key``, None without one."""
    count = _entries().get(key)
    return count if isinstance(count, int) and count > 0 else None


def remember_threads(key: str, num_threads: int) -> None:
    """Keep a count for the next start; where nothing can be written, it is measured again then."""
    file = _file()
    if file is None:
        return
    entries = _entries()
    entries.pop(key, None)
    entries[key] = num_threads
    from edge.atomic import replace_file  # here, as almost every start only reads

    newest = dict(list(entries.items())[-_MOST_ENTRIES:])
    with suppress(OutputError), replace_file(file) as stream:
        stream.write(json.dumps(newest, indent=1).encode() + b"\n")


def _entries() -> dict[str, object]:
    file = _file()
    if file is None:
        return {}
    # A damaged file is as good as none: what it held is measured again.
    with suppress(OSError, ValueError):
        entries = json.loads(file.read_text("utf-8"))
        if isinstance(entries, dict):
            return entries
    return {}


def _file() -> Path | None:
    """Where the XDG Base Directory Specification wants what may be lost; None without a home."""
    # It has relative paths ignored. "~" stays as it is where no home directory is known, as for
    # some services: no name for a folder in whatever folder this is.
    for folder in (os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser("~/.cache")):
        if os.path.isabs(folder):
            return Path(folder) / "edge-vision" / "threads.json"
    return None
