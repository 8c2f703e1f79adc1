"""Frames as the model saw them, saved as files: what calibrates the next conversion."""

from __future__ import annotations

import math
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from edge.errors import OutputError
from edge.messages import print_message, print_warning
from edge.outputs.frame_folder import FrameFolder
from edge.outputs.losses import Losses, reason_of
from edge.outputs.output import Decision, Output
from edge.sources import CapturedFrame
from edge.stop import Stop

_MOST_FRAMES = 3  # in memory at once, with the one being written: 19 MB at 1920x1080
_STOP_CHECK_S = 0.05
_FLUSH_S = 0.3  # of the second in which a run ends, for what is queued


class SavedFrames(Output):
    """Saves one frame in a while, whole, without the region of interest, from a thread of its own.

    When the folder is full it says so once, and saves no more in this run.
    """

    def __init__(self, folder: Path, stop: Stop, *, every_s: float, limit: int) -> None:
        """``every_s`` seconds lie between two frames at least, 0: every frame.

        Raises OutputError where the folder cannot be made. Waiting for a slow disk, with a source
        that is not live, ends when ``stop`` is requested.
        """
        self._folder = FrameFolder(folder, limit)
        self._before = self._folder.count
        self._every_s = every_s
        self._due_s = -math.inf
        self._stop = stop
        self._all_must_arrive = False
        self._losses = Losses(str(folder), "frame")
        self._room = threading.Semaphore(_MOST_FRAMES)
        self._queue: SimpleQueue[CapturedFrame | None] = SimpleQueue()
        self._full = threading.Event()
        self._closed = False
        # A daemon: a disk that does not answer must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="saved frames", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Frames that were due and could not be saved; not those that a full folder left out."""
        return self._losses.count

    def show(self, decision: Decision) -> None:
        """Queue the frame if it is due."""
        captured = decision.captured
        if self._full.is_set() or self._closed or captured.monotonic_s < self._due_s:
            return
        self._due_s = captured.monotonic_s + self._every_s
        self._all_must_arrive |= not decision.live
        if self._has_room(wait=not decision.live):
            self._queue.put(captured)
        elif not self._full.is_set():
            self._losses.add("its disk is too slow; frames are lost until it catches up")

    def close(self) -> None:
        """Write what is queued, for 0.3 s at most; what is left then is lost.

        Frames of a source that is not live are waited for until a stop is requested.
        """
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        until_s = time.monotonic() + _FLUSH_S
        while self._thread.is_alive() and (self._must_wait or time.monotonic() < until_s):
            self._thread.join(_STOP_CHECK_S)
        self._losses.add_silently(self._drain())
        self._queue.put(None)  # a second time: the first may just have been taken out
        saved = self._folder.count - self._before
        print_message(f"{self._folder.path}: {saved} frame{'s' * (saved != 1)} saved")

    @property
    def _must_wait(self) -> bool:
        return self._all_must_arrive and not self._stop.requested

    def _has_room(self, wait: bool) -> bool:
        while not self._room.acquire(timeout=_STOP_CHECK_S if wait else 0):
            if not wait or self._stop.requested or self._full.is_set():
                return False
        return True

    def _drain(self) -> int:
        """Take all frames out of the queue; how many these were."""
        count = 0
        with suppress(Empty):
            while True:
                count += self._queue.get_nowait() is not None
        return count

    def _run(self) -> None:
        while (captured := self._queue.get()) is not None:
            if not self._full.is_set():
                self._save(captured)
            self._room.release()

    def _save(self, captured: CapturedFrame) -> None:
        try:
            reason = self._folder.why_full()
            if reason is not None:
                self._full.set()
                print_warning(f"{reason}; no more frames are saved")
                return
            self._folder.add(captured.pixels, captured.time)
        except OutputError as error:
            cause = error.__cause__
            self._losses.add(reason_of(cause if isinstance(cause, OSError) else error, "frames"))
        except OSError as error:
            self._losses.add(reason_of(error, "frames"))
        else:
            self._losses.delivered()
