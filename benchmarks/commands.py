"""The command that made a figure, as another machine can be told of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path


def shown_command(program: str, words: Sequence[str]) -> str:
    """``python PROGRAM WORDS``; of absolute paths, which are this machine's own, the last part."""
    shown = [_shown(word) for word in words]
    return shlex.join(["python", program, *shown])


def _shown(word: str) -> str:
    name, equals, value = word.partition("=")
    if equals and Path(value).is_absolute():
        return f"{name}={Path(value).name}"
    return Path(word).name if Path(word).is_absolute() else word
