"""A folder of PNG frames that never grows past its limit, nor fills the disk."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import cv2

from edge.atomic import replace_file
from edge.errors import OutputError
from edge.preprocess import Frame

# The rest of the device needs room too: its logs, its updates.
_MOST_RESERVE = 500_000_000  # bytes
_RESERVE_SHARE = 0.1  # of a disk that is smaller than ten times that
_NAME = re.compile(r"\d{8}T\d{6}-\d{6}Z\.png")


class FrameFolder:
    """Frames as lossless PNG files, named by the moment of their capture (UTC).

    Names sort by time. A file that is there already is never written over. Files that others put
    into the folder are left alone and do not count.

    Attributes:
        path: the folder.
        count: frames in it, those of earlier runs too.
    """

    def __init__(self, path: Path, limit: int) -> None:
        """Make the folder. Raises OutputError where it cannot be made or written to."""
        self.path = path
        self._limit = limit
        remedy = "choose another place, or let this user write there"
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.count = sum(_NAME.fullmatch(name) is not None for name in os.listdir(path))
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(
                f"{path}: no folder can be made there ({reason}); {remedy}"
            ) from error
        if not os.access(path, os.W_OK | os.X_OK):
            raise OutputError(f"{path}: no file can be written into this folder; {remedy}")

    def why_full(self) -> str | None:
        """The fault and its remedy when no frame may be added, else None.

        Raises OSError when the folder has gone.
        """
        if self.count >= self._limit:
            return (
                f"{self.path}: holds {self.count} saved frames, the limit is {self._limit}; "
                "for more raise --save-limit, or name another folder"
            )
        disk = shutil.disk_usage(self.path)
        reserve = min(_MOST_RESERVE, round(_RESERVE_SHARE * disk.total))
        if disk.free < reserve:
            return (
                f"{self.path}: {disk.free / 1e6:.0f} MB are free on its disk, fewer than the "
                f"{reserve / 1e6:.0f} MB that are left to others; free some space and start again"
            )
        return None

    def add(self, frame: Frame, time: datetime) -> None:
        """Write ``frame``, RGB (height, width, 3), taken at ``time`` in UTC, whole or not at all.

        Raises OutputError.
        """
        path = self._free_path(time)
        # Lossless, for what calibrates must be what the camera gives, not what a JPEG makes of it.
        data = cv2.imencode(".png", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))[1]
        with replace_file(path) as stream:
            stream.write(data.tobytes())
        self.count += 1

    def _free_path(self, time: datetime) -> Path:
        # A board without a battery may live through the same moment twice.
        while (path := self.path / f"{time:%Y%m%dT%H%M%S-%fZ}.png").exists():
            time += timedelta(microseconds=1)
        return path
