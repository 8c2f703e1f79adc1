"""Whole lines on a file descriptor: pipes, terminals, files."""

from __future__ import annotations

import os
import select
import stat
from contextlib import suppress
from threading import Event
from typing import TextIO

_CHECK_MS = 50  # how soon a wait for a stuck reader is given up
_RETRY_S = 0.01
_LAST_STANDARD = 2  # stderr


class ByteStream:
    """A stream that is open already, such as stdout, written past Python's buffer."""

    def __init__(self, stream: TextIO, name: str) -> None:
        """``name`` is what messages call it."""
        self.name = name
        self._stream = stream
        self._descriptor: int | None = None
        with suppress(OSError):  # a stream without a file below it, such as io.StringIO
            self._descriptor = stream.fileno()

    def write(self, data: bytes, cancelled: Event) -> None:
        """Write all of ``data``. Raises as ``write_whole`` does."""
        if self._descriptor is None:
            self._stream.write(str(data, self._stream.encoding or "utf-8"))
            self._stream.flush()
        else:
            write_whole(self._descriptor, data, cancelled)

    def close(self) -> None:
        """Nothing: whoever opened the stream closes it."""


def fill_standard_descriptors() -> None:
    """Put /dev/null where stdin, stdout or stderr is closed.

    What is opened next, such as a log, would else take its number, and get what libraries print.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        pass
    os.close(descriptor)


def write_whole(descriptor: int, data: bytes, cancelled: Event) -> None:
    """Write all of ``data``, or nothing where the kernel allows it.

    A regular file keeps no part of it after a failure; a pipe takes up to PIPE_BUF (4096) bytes
    whole or not at all. Raises OSError, and TimeoutError when ``cancelled`` is set before the
    reader has taken all.
    """
    written = 0
    try:
        while written < len(data):
            _wait_until_writable(descriptor, cancelled)
            try:
                # What fits whenever the kernel says that something fits: a blocked write could
                # not be given up.
                written += os.write(descriptor, data[written : written + select.PIPE_BUF])
            except BlockingIOError:  # somebody else made it non-blocking, and filled it
                cancelled.wait(_RETRY_S)
    except OSError:
        _take_back(descriptor, written)
        raise


def _wait_until_writable(descriptor: int, cancelled: Event) -> None:
    poller = select.poll()
    poller.register(descriptor, select.POLLOUT)
    while not poller.poll(_CHECK_MS):
        if cancelled.is_set():
            raise TimeoutError("its reader takes nothing")


def _take_back(descriptor: int, written: int) -> None:
    """Cut the last ``written`` bytes off a regular file, unless somebody has written after them."""
    with suppress(OSError):
        status = os.fstat(descriptor)
        if written and stat.S_ISREG(status.st_mode):
            end = os.lseek(descriptor, 0, os.SEEK_CUR)
            if end == status.st_size:
                os.ftruncate(descriptor, end - written)
                os.lseek(descriptor, end - written, os.SEEK_SET)
