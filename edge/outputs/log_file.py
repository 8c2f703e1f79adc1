"""A file of lines that never grows past its share of the disk."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from threading import Event

from edge.errors import OutputError
from edge.outputs.descriptor import write_whole

_BYTES_PER_MB = 1_000_000
_CHECK_S = 1.0  # how often to look whether the file is still where it was


class LogFile:
    """Appends lines to FILE; when it is full it becomes FILE.1, that FILE.2, and so on.

    At most ``keep`` old files stay, so that all together take (keep + 1) * max_mb. Lines are never
    split. A file that somebody else moved or removed (logrotate) is begun anew within a second.
    """

    def __init__(self, path: Path, *, max_mb: float, keep: int) -> None:
        """``max_mb`` in millions of bytes. Raises OutputError where the file cannot be kept."""
        self.name = str(path)
        # Through a link to another disk, the old files stay on that disk.
        self._path = Path(os.path.realpath(path))
        self._max_bytes = round(max_mb * _BYTES_PER_MB)
        self._keep = keep
        self._descriptor: int | None = None
        self._size = 0
        self._is_torn = False  # its last line has no end
        self._checked_s = time.monotonic()
        remedy = "choose another place, or let this user write there"
        try:
            self._open()
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"{path}: cannot be written ({reason}); {remedy}") from error
        if not os.access(self._path.parent, os.W_OK | os.X_OK):
            self.close()
            raise OutputError(f"{path}: no second file can be begun in its folder; {remedy}")

    def write(self, data: bytes, cancelled: Event) -> None:
        """Append one line, whole or not at all. Raises OSError when it cannot be written."""
        descriptor = self._current()
        if self._size and self._size + len(data) > self._max_bytes:
            descriptor = self._rotate()
        if self._is_torn:
            data = b"\n" + data
        try:
            write_whole(descriptor, data, cancelled)
        except OSError:
            self.close()  # to look at what is really there before the next line
            raise
        self._size += len(data)
        self._is_torn = False

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _current(self) -> int:
        """The descriptor of what is at the path now."""
        now_s = time.monotonic()
        if self._descriptor is None:
            return self._open()
        if now_s - self._checked_s < _CHECK_S:
            return self._descriptor
        self._checked_s = now_s
        ours, there = os.fstat(self._descriptor), None
        with suppress(FileNotFoundError):
            there = os.stat(self._path)
        if there is None or not os.path.samestat(ours, there):
            return self._open()
        self._size = there.st_size  # emptied in place, or written by somebody else too
        return self._descriptor

    def _open(self) -> int:
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o666)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it is no regular file")
        self._descriptor = descriptor
        self._size = status.st_size
        # A power cut may leave half a line; the next record still gets a line of its own.
        self._is_torn = self._size > 0 and os.pread(descriptor, 1, self._size - 1) != b"\n"
        return descriptor

    def _rotate(self) -> int:
        """Move the full file out of the way, and begin another one."""
        # Up to the first gap only: a rotation that was cut short pushes no old file out.
        taken = (number for number in range(1, self._keep) if not self._old(number).exists())
        for number in range(next(taken, self._keep), 0, -1):
            with suppress(FileNotFoundError):
                os.replace(self._old(number - 1), self._old(number))
        if self._keep == 0:
            self._path.unlink(missing_ok=True)
        return self._open()

    def _old(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path
