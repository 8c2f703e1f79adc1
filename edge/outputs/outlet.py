"""A thread that writes for the main loop, so that no reader and no disk ever holds that up."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from typing import NamedTuple, Protocol

from edge.outputs.losses import Losses, reason_of
from edge.stop import Stop

_MOST_LINES = 1000
_MOST_BYTES = 1 << 20
_STOP_CHECK_S = 0.05
_NAP_S = 0.01
_FLUSH_S = 0.3  # of the second in which a run ends, for what is queued


class Sink(Protocol):
    """Where lines go."""

    name: str  # what messages call it

    def write(self, data: bytes, cancelled: threading.Event) -> None:
        """Write all of ``data``; may block. Raises OSError.

        Raises TimeoutError when ``cancelled`` is set while it waits for a reader.
        """

    def close(self) -> None:
        """Let it go."""


class _Line(NamedTuple):
    data: bytes
    droppable: bool


class Outlet:
    """A bounded queue of lines (1,000 lines, 1 MiB) and the thread that writes them to a sink."""

    def __init__(self, sink: Sink, stop: Stop) -> None:
        """Waiting for room in the queue ends when ``stop`` is requested."""
        self._sink = sink
        self._stop = stop
        self._losses = Losses(sink.name)
        self._all_must_arrive = False
        self._cancelled = threading.Event()
        self._changed = threading.Condition()  # guards all that follows
        self._lines: deque[_Line] = deque()
        self._bytes = 0
        self._writing = False
        self._closing = False
        # A daemon: a disk that does not answer must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Lines that could not be delivered."""
        return self._losses.count

    @property
    def pending(self) -> bool:
        """True while something waits to be written, or is being written."""
        with self._changed:
            return self._writing or bool(self._lines)

    def put(self, data: bytes, *, wait: bool = False, droppable: bool = False) -> None:
        """Queue one line. When the queue is full, with ``wait``, wait for room.

        Otherwise the oldest ``droppable`` line gives way; without one, ``data`` is lost.
        """
        lost = 0
        with self._changed:
            self._all_must_arrive |= wait
            if not self._has_room(data):
                lost = self._make_room(data, wait)
            if self._closing or not self._has_room(data):
                lost += 1
            else:
                self._lines.append(_Line(data, droppable))
                self._bytes += len(data)
                self._changed.notify()
        if lost:
            self._count(lost)

    def close(self) -> None:
        """Write what is queued, for 0.3 s at most; what is left then is lost.

        Lines that must arrive are waited for until ``stop`` is requested.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        until_s = time.monotonic() + _FLUSH_S
        while self._thread.is_alive() and (self._must_wait or time.monotonic() < until_s):
            self._thread.join(_STOP_CHECK_S)
        self._cancelled.set()
        with self._changed:
            self._losses.add_silently(len(self._lines))
            self._lines.clear()
            self._bytes = 0
        self._thread.join(2 * _STOP_CHECK_S)

    @property
    def _ending(self) -> bool:
        return self._closing or self._stop.requested

    @property
    def _must_wait(self) -> bool:
        return self._all_must_arrive and not self._stop.requested

    def _has_room(self, data: bytes) -> bool:
        if not self._lines:  # whatever its size: it would never fit otherwise
            return True
        return len(self._lines) < _MOST_LINES and self._bytes + len(data) <= _MOST_BYTES

    def _make_room(self, data: bytes, wait: bool) -> int:
        """Wait for the reader, or drop the oldest lines that may be dropped; how many these are."""
        while wait and not self._has_room(data) and not self._ending:
            self._changed.wait(_STOP_CHECK_S)
        dropped = 0
        while not self._has_room(data):
            index = next((i for i, line in enumerate(self._lines) if line.droppable), None)
            if index is None:
                break
            self._bytes -= len(self._lines[index].data)
            del self._lines[index]
            dropped += 1
        return dropped

    def _count(self, lost: int) -> None:
        if self._ending:
            self._losses.add_silently(lost)
        else:
            self._losses.add("its reader is too slow; lines are lost until it catches up", lost)

    def _run(self) -> None:
        while (data := self._take()) is not None:
            try:
                self._sink.write(data, self._cancelled)
            except OSError as error:
                if self._cancelled.is_set():
                    self._losses.add_silently(1)
                else:
                    self._losses.add(reason_of(error))
            else:
                self._losses.delivered()
            with self._changed:
                self._writing = False
                is_idle = not self._lines
            if is_idle:
                # Being woken for each line would take the interpreter's lock from the main loop
                # hundreds of times a second.
                self._cancelled.wait(_NAP_S)
        with suppress(OSError):
            self._sink.close()

    def _take(self) -> bytes | None:
        """The next line, as soon as there is one; None at the end."""
        with self._changed:
            while not self._lines:
                if self._closing:
                    return None
                self._changed.wait()
            data = self._lines.popleft().data
            self._bytes -= len(data)
            self._writing = True
            self._changed.notify()
            return data
