"""Programs that a benchmark runs: what they write, or one line on what went wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from edge.errors import EdgeError

ROOT = Path(__file__).resolve().parents[1]
_OURS = "error: "  # what our own commands begin their last line with


@dataclass(frozen=True)
class Task:
    """What a program is run for, as its errors tell it."""

    name: str
    limit_s: float
    remedy: str


@dataclass(frozen=True)
class Finished:
    """What a program that ended well wrote."""

    stdout: str  # "" where it went to a file
    stderr: str


class ChildError(EdgeError):
    """A program that did not do its task: ``<task>: <fault>; <remedy>``, or our own command's word.

    Attributes:
        fault: what went wrong, alone.
        code: what the program ended with; None when it did not start, or not end in time.
        said: all that it wrote, stdout first.
    """

    def __init__(self, task: Task, fault: str, *, code: int | None = None, said: str = "") -> None:
        told = f"{task.name}: {fault}; {task.remedy}"
        word = last_line(said)
        if code is not None and word is not None and word.startswith(_OURS):
            told = word.removeprefix(_OURS)  # it names the file and the remedy itself
        super().__init__(told)
        self.fault, self.code, self.said = fault, code, said


def run(
    command: Sequence[str],
    task: Task,
    *,
    cwd: Path | None = ROOT,
    env: Mapping[str, str] | None = None,
    stdout: IO[bytes] | int = subprocess.PIPE,
) -> Finished:
    """Run ``command`` to its end; ChildError where it does not start, not end in time, or fails."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=task.limit_s,
            check=False,
        )
    except OSError as error:
        raise ChildError(task, not_started(command[0], error)) from error
    except subprocess.TimeoutExpired as error:
        raise ChildError(task, too_late(task.limit_s)) from error
    told = done.stdout or ""
    if done.returncode:
        raise _ended(task, done.returncode, done.stderr, told)
    return Finished(told, done.stderr)


def run_json(
    command: Sequence[str],
    task: Task,
    *,
    cwd: Path | None = ROOT,
    env: Mapping[str, str] | None = None,
) -> Any:
    """The last line that ``command`` writes, as JSON; ChildError as above, or where it is none."""
    done = run(command, task, cwd=cwd, env=env)
    return _parsed(last_line(done.stdout) or "", task)


def json_lines(command: Sequence[str], task: Task, *, cwd: Path | None = ROOT) -> Iterator[Any]:
    """What ``command`` writes, JSON line by line as it comes; ChildError as above."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        try:
            process = subprocess.Popen(
                command, cwd=cwd, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        except OSError as error:
            raise ChildError(task, not_started(command[0], error)) from error
        with process, killed_after(task.limit_s, process) as late:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip():
                    yield _parsed(line, task)
            code = process.wait()
        if late.is_set():
            raise ChildError(task, too_late(task.limit_s))
        if code:
            errors.seek(0)
            raise _ended(task, code, errors.read())


@contextmanager
def killed_after(limit_s: float, process: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """``process`` is over when the block is left; the event tells whether ``limit_s`` ended it."""
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(limit_s, end)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        process.kill()
        process.wait()


def last_line(text: str) -> str | None:
    """Of those that are not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else None


def not_started(program: str, error: OSError) -> str:
    """The fault of a program that cannot be run at all."""
    return f"{program} cannot be started ({error.strerror or error})"


def too_late(limit_s: float) -> str:
    """The fault of a program that was ended for its time."""
    return f"took more than {limit_s:g} s"


def _ended(task: Task, code: int, stderr: str, stdout: str = "") -> ChildError:
    word = last_line(stderr)
    how = f"ended with code {code}" if code > 0 else f"was ended by {signal.Signals(-code).name}"
    fault = how if word is None else f"{how} ({word})"
    return ChildError(task, fault, code=code, said=f"{stdout}\n{stderr}")


def _parsed(line: str, task: Task) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ChildError(task, f"wrote no JSON ({line.strip()[:60]!r})") from error
