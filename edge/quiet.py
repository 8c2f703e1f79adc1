"""Keeps what native libraries write past Python off the user's terminal."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

import cv2

# "INFO: Created TensorFlow Lite XNNPACK delegate", "W0000 00:00:1722 cpu.cc:1] ..."
LOG_LINE = re.compile(rb"(INFO|WARNING|ERROR): |[IWE]\d{4} \d\d:|WARNING: All log messages")
ANY_LINE = re.compile(rb"")
_lock = threading.Lock()


def silence_opencv() -> None:
    """No log lines from OpenCV in this process; our own messages say what they would."""
    opencv: Any = cv2  # the types of 4.10 know only the short name, which 4.12 dropped
    if hasattr(opencv, "setLogLevel"):
        opencv.setLogLevel(0)
    else:
        opencv.utils.logging.setLogLevel(opencv.utils.logging.LOG_LEVEL_SILENT)


@contextmanager
def quiet(hidden: re.Pattern[bytes] = LOG_LINE) -> Iterator[None]:
    """Drop the lines on stderr that start with ``hidden``; the others come when the block ends."""
    with _lock, TemporaryFile() as written:
        try:
            stderr = os.dup(2)
        except OSError:  # no stderr at all, as under some service managers
            yield
            return
        sys.stderr.flush()
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            written.seek(0)
            others = [line for line in written if not hidden.match(line)]
            if others:
                os.write(2, b"".join(others))
