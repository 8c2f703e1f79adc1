"""What a process holds, as the kernel counts it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Held:
    """Memory in MiB. Proportional memory shares each page between the processes that map it."""

    memory_mb: float  # resident now
    peak_memory_mb: float  # resident at most, so far
    proportional_mb: float | None  # None where the kernel does not count it
    own_mb: float  # of what is resident, what is no file's content: heap and stacks
    descriptors: int  # open files and sockets
    threads: int


def held_by(pid: int) -> Held:
    """By a running process of this user; OSError when there is none, or no /proc."""
    process = Path(f"/proc/{pid}")
    status = _fields(process / "status")
    proportional: float | None = None
    with suppress(OSError, KeyError):
        proportional = _mib(_fields(process / "smaps_rollup")["Pss"])
    if "VmRSS" not in status:
        raise ProcessLookupError(f"process {pid} has ended, and nobody has asked for its code yet")
    return Held(
        memory_mb=_mib(status["VmRSS"]),
        peak_memory_mb=_mib(status["VmHWM"]),
        proportional_mb=proportional,
        own_mb=_mib(status["RssAnon"]),
        descriptors=len(os.listdir(process / "fd")),
        threads=int(status["Threads"]),
    )


def _fields(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _mib(kib: str) -> float:
    """Of a value such as ``  81234 kB``."""
    return round(int(kib.split()[0]) / _KIB_PER_MIB, 2)
