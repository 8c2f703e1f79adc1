"""One run of one peer, watched from outside: its start, its memory, what it says."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from benchmarks.child import ROOT, killed_after, last_line, not_started, too_late
from benchmarks.comparison.child import Request
from benchmarks.comparison.environments import PeerMissingError
from benchmarks.comparison.peers import PEERS
from benchmarks.held import held_by
from edge.errors import EdgeError

_Told = TypeVar("_Told")

_LIMIT_S = 600
# By -m, Python would first load its own module for that: a twentieth of the first label.
_CHILD = "import sys; from benchmarks.comparison.child import main; main(sys.argv[1])"


@dataclass(frozen=True)
class Mode:
    """How a peer may use the machine."""

    name: str
    title: str
    threads: int | None  # of the inference, where the peer can be told; None: its own choice
    core: int | None  # the only one for the whole process; None: all


def modes() -> tuple[Mode, Mode]:
    """One thread each, and as each configures itself."""
    # The last core: the first one has the most to do with interrupts.
    core = max(os.sched_getaffinity(0))
    return (
        Mode("one_thread", "one thread each", threads=1, core=core),
        Mode("own", "as each configures itself", threads=None, core=None),
    )


@dataclass(frozen=True)
class Measured:
    """What one process of a peer took; times in its own clock but for the first label."""

    first_label_s: float  # from the start of the process to the first label in our hands
    frames: int  # timed; fewer than asked for where that took long
    frame_ms: dict[str, float]  # p50 and p99 from a frame in memory to its label
    invoke_ms: dict[str, float] | None  # the inference alone, where the peer tells it apart
    memory_mb: float  # resident after the frames, MiB
    peak_memory_mb: float
    proportional_mb: float | None
    process_threads: int  # of the whole process, whatever they do
    threads: int | None  # of the inference, as the peer tells
    answers: list[int] | None  # the best class of each different frame, where asked for
    input_answers: list[int] | None  # the same of pictures that need no resize
    versions: dict[str, str]


def measure(
    peer: str, python: Path, job: Path, mode: Mode, count: int, *, answers: bool, cache: Path
) -> Measured:
    """Start ``peer`` twice, the second time for ``count`` frames, which are the ones that count.

    ``answers`` also asks for what it said. ``cache`` is where it may remember things for its next
    start. Raises PeerMissingError, with its last word, where it fails.
    """
    request = Request(
        peer=peer,
        job=str(job),
        count=count,
        threads=mode.threads,
        core=mode.core,
        answers=answers,
        packages=list(PEERS[peer].packages),
    )
    start = partial(_run, peer, [str(python), "-c", _CHILD, json.dumps(request)], cache)
    # Since its last turn, a minute ago, the kernel may have dropped files of its libraries: what
    # this start reads from the disk, the next one finds in memory.
    start(_until_first_label)
    return start(_watch)


def _run(
    peer: str,
    command: list[str],
    cache: Path,
    watch: Callable[[subprocess.Popen[str], float], _Told],
) -> _Told:
    """What ``watch`` tells of a child and of the moment of its start.

    Raises PeerMissingError, with the child's last word, where it does not start, or fails.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        started_s = time.monotonic()
        try:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=_environment(os.environ, cache),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        except OSError as error:
            raise PeerMissingError(f"{peer}: {not_started(command[0], error)}") from error
        try:
            with killed_after(_LIMIT_S, process) as late:
                return watch(process, started_s)
        except (ValueError, OSError) as error:  # it ended before its time
            errors.seek(0)
            said = last_line(errors.read()) or f"ended with {process.returncode}"
            fault = too_late(_LIMIT_S) if late.is_set() else f"does not run ({said})"
            raise PeerMissingError(f"{peer}: {fault}") from error
        finally:
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):  # what it did not read is lost with it
                        stream.close()


def _until_first_label(process: subprocess.Popen[str], _started_s: float) -> None:
    """End it after its first line; ValueError where it says none."""
    assert process.stdout is not None
    _line(process.stdout)
    process.kill()
    process.wait()


def _watch(process: subprocess.Popen[str], started_s: float) -> Measured:
    """Its three lines; ValueError where one is missing."""
    assert process.stdin is not None
    assert process.stdout is not None
    _line(process.stdout)
    first_label_s = time.monotonic() - started_s
    times = _line(process.stdout)
    held = held_by(process.pid)
    process.stdin.write("\n")
    process.stdin.flush()
    last = _line(process.stdout)
    process.wait()
    return Measured(
        first_label_s=round(first_label_s, 4),
        memory_mb=held.memory_mb,
        peak_memory_mb=held.peak_memory_mb,
        proportional_mb=held.proportional_mb,
        process_threads=held.threads,
        **times,
        **last,
    )


def _line(stream: IO[str]) -> dict[str, Any]:
    """The next JSON object; libraries may say other things on stdout, too."""
    for line in stream:
        if line.startswith("{"):
            fields: dict[str, Any] = json.loads(line)
            return fields
    raise ValueError("no more lines")


def _environment(ours: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Nothing of our own environment's packages reaches a peer's."""
    kept = {name: value for name, value in ours.items() if not name.startswith("PYTHON")}
    return {**kept, "XDG_CACHE_HOME": str(cache)}


def check_system() -> None:
    """EdgeError where processes cannot be watched or bound to a core."""
    if not Path("/proc/self/status").exists() or not hasattr(os, "sched_setaffinity"):
        raise EdgeError("this system has no /proc; peers are compared on Linux")
