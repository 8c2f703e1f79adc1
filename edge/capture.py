"""A thread that reads the source and always holds the newest frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from edge.errors import SourceError
from edge.sources import CapturedFrame, Source

_CLOSE_S = 0.5


class Capture:
    """The newest frame of a source, opened and read by a thread of its own.

    One frame waits at most. A live source's next frame takes its place, and the one before is
    dropped; other sources are read when a frame is asked for, so that each is seen once and fresh.

    Attributes:
        dropped: frames that came and were never handed over.
    """

    def __init__(
        self, open_source: Callable[[], Source], *, name: str, stall_s: float = 10.0
    ) -> None:
        """Start to open and read. ``name`` is what messages call the source.

        The thread opens it too, because drivers and networks can block there just as long.
        """
        self.dropped = 0
        self._open_source = open_source
        self._name = name
        self._stall_s = stall_s
        self._changed = threading.Condition()  # guards all that follows
        self._waiting: CapturedFrame | None = None
        self._error: BaseException | None = None
        self._asked = False  # for a frame that has not come yet
        self._asked_s = time.monotonic()
        self._ended = False
        self._closing = False
        # A daemon: a driver call that never returns must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def next(self, timeout_s: float) -> CapturedFrame | None:
        """The newest frame not handed over yet, as soon as there is one.

        None when there was none within ``timeout_s`` seconds, or the source has ended (``ended``).
        Raises what the source raised, and SourceError when none came for ``stall_s`` seconds.
        """
        with self._changed:
            self._ask()
            self._changed.wait_for(lambda: self._waiting is not None or self._ended, timeout_s)
            captured, self._waiting = self._waiting, None
            if captured is not None:
                return captured
            if self._error is not None:
                raise self._error
            if not self._ended and time.monotonic() - self._asked_s > self._stall_s:
                raise SourceError(
                    f"{self._name}: no frame for {self._stall_s:g} s; check that it is on and "
                    "connected, then start again"
                )
            return None

    @property
    def ended(self) -> bool:
        """True once the source is closed and its last frame handed over."""
        with self._changed:
            return self._ended and self._waiting is None

    def close(self) -> None:
        """Stop reading and release the source; returns within about half a second.

        Only the thread itself may release a device that it is reading from. When a driver call
        holds it for longer, it is left behind, and the end of the process frees the device.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            with self._open_source() as source:
                while self._wants_more(source.live) and (captured := source.read()) is not None:
                    self._hand_over(captured)
        except BaseException as raised:  # a bug's traceback too belongs to the thread that asks
            error = raised
        with self._changed:
            self._error = error
            self._ended = True
            self._changed.notify_all()

    def _ask(self) -> None:
        if self._waiting is None and not self._asked:
            self._asked, self._asked_s = True, time.monotonic()
            self._changed.notify_all()

    def _wants_more(self, live: bool) -> bool:
        """True when it is time to read; False when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: live or self._asked or self._closing)
            return not self._closing

    def _hand_over(self, captured: CapturedFrame) -> None:
        with self._changed:
            if self._waiting is not None:
                self.dropped += 1
            self._waiting = captured
            self._asked = False
            self._changed.notify_all()
