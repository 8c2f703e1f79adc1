"""The camera app as a process, watched from outside: its JSON Lines with the time of each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from benchmarks.held import Held, held_by
from edge.errors import EdgeError

_ROOT = Path(__file__).resolve().parents[1]
_DECISIONS_KEPT = 100_000
_ALIVE_CHECK_S = 0.2
_T = TypeVar("_T")


@dataclass(frozen=True)
class Record:
    """One line that the app wrote, other than a decision."""

    monotonic_s: float  # when the line arrived here
    fields: dict[str, Any]


@dataclass(frozen=True)
class Labelled:
    """One decision that the app wrote."""

    arrived_s: float  # time.monotonic() at which the line arrived here
    age_ms: float  # from the frame's capture to its label
    number: int  # of the frame, counted from 0 in each connection
    label: str | None = None  # None is unknown

    @property
    def captured_s(self) -> float:
        """time.monotonic() of the frame's capture; the pipe's few milliseconds are left in."""
        return self.arrived_s - self.age_ms / 1000


class CameraApp:
    """``python -m edge.camera --json`` with ``arguments``; killed if a ``with`` block leaves it.

    ``launcher`` is a command that becomes the app's, as ``setpriv`` does for another user.

    Attributes:
        sources: its records of type "source", in order of arrival.
        healths: its records of type "health".
    """

    def __init__(self, arguments: Sequence[str], launcher: Sequence[str] = ()) -> None:
        self.sources: list[Record] = []
        self.healths: list[Record] = []
        self._decisions: deque[Labelled] = deque(maxlen=_DECISIONS_KEPT)
        self._arrived = threading.Condition()  # guards all three
        self._process = subprocess.Popen(
            [*launcher, sys.executable, "-m", "edge.camera", "--json", *arguments],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C is for those who watch it
        )
        self._messages: deque[str] = deque(maxlen=20)
        self._readers = [
            threading.Thread(target=read, daemon=True)
            for read in (self._read_lines, self._read_messages)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    @property
    def messages(self) -> str:
        """The last lines on its stderr."""
        return "\n".join(self._messages)

    def decisions_since(self, arrived_s: float) -> list[Labelled]:
        """Decisions that arrived since then on the monotonic clock, oldest first."""
        found: list[Labelled] = []
        with self._arrived:
            for labelled in reversed(self._decisions):
                if labelled.arrived_s < arrived_s:
                    break
                found.append(labelled)
        return found[::-1]

    def first_decision(self, arrived_s: float, limit_s: float) -> Labelled:
        """The first decision that arrived since ``arrived_s``, monotonic.

        Raises EdgeError when there is none within ``limit_s`` seconds from now, or the app ended.
        """
        return self._wait(
            lambda: next(iter(self.decisions_since(arrived_s)), None), limit_s, "decision"
        )

    def source_record(self, state: str, since_s: float, limit_s: float) -> Record:
        """Its first "source" record of ``state`` since ``since_s``; raises EdgeError as above."""
        return self._wait(
            lambda: next(iter(self.source_records(state, since_s)), None),
            limit_s,
            f"{state} record",
        )

    def source_records(self, state: str, since_s: float) -> list[Record]:
        """Its "source" records of ``state`` ("fault", "recovered") since ``since_s``."""
        with self._arrived:
            return [
                record
                for record in self.sources
                if record.monotonic_s >= since_s and record.fields["state"] == state
            ]

    def usage(self) -> Held:
        """What its process holds now."""
        return held_by(self._process.pid)

    def open_files(self) -> set[str]:
        """The paths that it has open now, such as ``/dev/video0``."""
        found = set()
        for link in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                found.add(os.readlink(link))
        return found

    def terminate(self, limit_s: float = 10.0) -> tuple[int, float]:
        """Send SIGTERM; returns its exit code and the seconds that it took to end."""
        asked_s = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(limit_s)
        return code, time.monotonic() - asked_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for reader in self._readers:  # each closes its pipe at the end
            reader.join()

    def _wait(self, find: Callable[[], _T | None], limit_s: float, wanted: str) -> _T:
        until_s = time.monotonic() + limit_s
        with self._arrived:
            while (found := find()) is None:
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not self.alive:
                    fault = "ended" if left_s > 0 else f"gave no {wanted} within {limit_s:g} s"
                    raise EdgeError(f"edge.camera: {fault}; its last messages: {self.messages}")
                self._arrived.wait(min(left_s, _ALIVE_CHECK_S))
            return found

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._take(time.monotonic(), json.loads(line))

    def _take(self, now_s: float, fields: dict[str, Any]) -> None:
        with self._arrived:
            if fields["type"] == "decision":
                self._decisions.append(
                    Labelled(now_s, fields["frame_age_ms"], fields["frame"], fields["label"])
                )
            elif fields["type"] == "source":
                self.sources.append(Record(now_s, fields))
            elif fields["type"] == "health":
                self.healths.append(Record(now_s, fields))
            self._arrived.notify_all()

    def _read_messages(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self._messages.append(line.rstrip())
