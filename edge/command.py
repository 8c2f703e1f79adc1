"""Another program, run for a bounded time: it may be slow, hang or crash, we go on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

_LAST_WAIT_S = 0.2


@dataclass(frozen=True)
class Finished:
    """How a program ended."""

    code: int  # its exit code; -N when signal N ended it
    stdout: str
    stderr: str


def run_bounded(
    command: Sequence[str], timeout_s: float, env: Mapping[str, str] | None = None
) -> Finished:
    """Run ``command`` without input, for ``timeout_s`` seconds at most.

    Raises TimeoutError when that was not enough (the program and its children are killed), OSError
    when it cannot be started.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=env,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"{command[0]}: no answer within {timeout_s:g} s") from None
    finally:
        _end(process)
    return Finished(process.returncode, stdout, stderr)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # Not subprocess.run, which waits for ever: a program that hangs inside the kernel, as on a
        # dead camera, does not even die.
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LAST_WAIT_S)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
