"""Keeps what native libraries write past Python off the user's terminal."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from types import TracebackType
from typing import IO, Any, Self

import cv2

# "INFO: Created TensorFlow Lite XNNPACK delegate", "W0000 00:00:1722 cpu.cc:1] ..."
# Regular expressions, which are compiled where a library writes something: seldom.
LOG_LINE = rb"(INFO|WARNING|ERROR): |[IWE]\d{4} \d\d:|WARNING: All log messages"
ANY_LINE = rb""
LIBJPEG_LINE = (
    rb"Corrupt JPEG|Premature end of JPEG|Invalid (JPEG|SOS)|Unsupported|Bogus|"
    rb"Inconsistent progression|Warning: unknown JFIF"
)

_lock = threading.RLock()  # a block may stand in another: a picture read while a library starts


def silence_opencv() -> None:
    """No log lines from OpenCV in this process; our own messages say what they would."""
    opencv: Any = cv2  # the types of 4.10 know only the short name, which 4.12 dropped
    if hasattr(opencv, "setLogLevel"):
        opencv.setLogLevel(0)
    else:
        opencv.utils.logging.setLogLevel(opencv.utils.logging.LOG_LEVEL_SILENT)


class NativeLines:
    """Holds back what is written to stderr while a block runs, and drops the lines that match.

    Native libraries write past Python. Lines of other threads that fall into the block come out
    at its end. It takes a few microseconds, so that it can go around every frame; for that reason
    one object serves many blocks, one after the other.

    Attributes:
        hidden: the lines that the last block dropped.
    """

    def __init__(self, pattern: bytes) -> None:
        """The regular expression ``pattern`` is matched against the start of each line."""
        self.hidden: list[bytes] = []
        self._pattern = pattern
        self._written = _scratch_file()
        self._stderr: int | None = None

    def __enter__(self) -> Self:
        _lock.acquire()
        self.hidden = []
        try:
            self._stderr = os.dup(2)
        except OSError:  # no stderr at all, as under some service managers
            self._stderr = None
            return self
        _flush()
        os.dup2(self._written.fileno(), 2)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._stderr is not None:
                _flush()
                os.dup2(self._stderr, 2)
                os.close(self._stderr)
                self._sort_out()
        finally:
            _lock.release()

    def close(self) -> None:
        self._written.close()

    def _sort_out(self) -> None:
        """Keep the lines that match, write the others to the real stderr."""
        written = self._written.fileno()
        size = os.fstat(written).st_size
        if not size:
            return
        lines = os.pread(written, size, 0).splitlines(keepends=True)
        os.ftruncate(written, 0)
        os.lseek(written, 0, os.SEEK_SET)  # fd 2 was a copy and has moved the common position
        self.hidden = [line for line in lines if re.match(self._pattern, line)]
        others = [line for line in lines if not re.match(self._pattern, line)]
        if others:
            os.write(2, b"".join(others))


@contextmanager
def quiet(hidden: bytes = LOG_LINE) -> Iterator[None]:
    """Drop the lines on stderr that start with ``hidden``; the others come when the block ends."""
    with closing(NativeLines(hidden)) as lines, lines:
        yield


def _scratch_file() -> IO[bytes]:
    """A file without a name: in memory on Linux, where a full disk then hinders nothing."""
    with suppress(AttributeError, OSError):  # other systems; a container may forbid it
        return os.fdopen(os.memfd_create("stderr"), "w+b")
    from tempfile import TemporaryFile  # here, because it is large

    return TemporaryFile()


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
