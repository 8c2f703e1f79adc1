"""One connection to a source: a thread that reads it and always holds the newest frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from edge.preprocess import check_frame
from edge.sources import CapturedFrame, Source

T = TypeVar("T")

_CLOSE_S = 0.4
_FIRST_LOOK_S, _LAST_LOOK_S = 0.0003, 0.002  # between two looks whether the frame was taken


class Ready(NamedTuple, Generic[T]):
    """A frame with what was prepared from it for the model."""

    captured: CapturedFrame
    prepared: T


class Capture(Generic[T]):
    """The newest frame of a source, opened, read and prepared by a thread of its own.

    One frame waits at most. A live source's next frame takes its place, and the one before is
    dropped; other sources are read on only when it has been taken, so that each is seen once.

    Attributes:
        dropped: frames that came and were never handed over.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        prepare: Callable[[CapturedFrame], T | None],
    ) -> None:
        """Start to open and read.

        The thread opens the source too, because drivers and networks can block there just as long.
        ``prepare`` runs in the thread, while the model works on the frame before; a frame for which
        it gives None is not handed over.
        """
        self.dropped = 0
        self._source: Source | None = None
        self._changed = threading.Condition()  # guards all that follows
        self._waiting: Ready[T] | None = None
        self._error: BaseException | None = None
        self._blames_source = False
        self._silence_s = 0.0  # at the end
        self._failed_s = 0.0
        self._heard_s = time.monotonic()  # the last sign of life
        self._ended = False
        self._closing = False
        # A daemon: a driver call that never returns must not keep the process alive.
        # What it needs is handed to it and not kept here: a capture that refers to itself, through
        # its owner's methods or an error's traceback, would hold its last frame long after its end.
        self._thread = threading.Thread(
            target=self._run, args=(open_source, prepare), name="capture", daemon=True
        )
        self._thread.start()

    def next(self, timeout_s: float) -> Ready[T] | None:
        """The newest frame not handed over yet, as soon as there is one.

        None when there was none within ``timeout_s`` seconds, or the source has ended (``ended``).
        Raises what the source or ``prepare`` raised, once the frames before it are handed over, and
        the source is let go or takes too long for that.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._ended, timeout_s)
            ready, self._waiting = self._waiting, None
            if ready is not None:
                if self._source is not None and not self._source.live:
                    self._heard_s = time.monotonic()  # it waited for us: no silence of its own
                return ready
            if self._error is not None:
                takes_too_long = time.monotonic() - self._failed_s > _CLOSE_S
                if self._ended or takes_too_long:
                    raise self._error
            return None

    @property
    def source(self) -> Source | None:
        """The open source, for what it says about itself; None until it is open."""
        return self._source

    @property
    def ended(self) -> bool:
        """True once the source is closed and its last frame handed over."""
        with self._changed:
            return self._ended and self._waiting is None

    @property
    def blames_source(self) -> bool:
        """True when it was the source that raised, and not ``prepare``."""
        with self._changed:
            return self._blames_source

    @property
    def last_silence_s(self) -> float:
        """Seconds without a sign of life before the source failed; 0 as long as it has not."""
        with self._changed:
            return self._silence_s

    @property
    def silent_s(self) -> float:
        """Seconds since the source opened or gave a frame, or since the wish for one."""
        with self._changed:
            return 0.0 if self._ended else time.monotonic() - self._heard_s

    @property
    def released(self) -> bool:
        """True once the source is let go, which a driver call can hold up."""
        return not self._thread.is_alive()

    def close(self, wait_s: float = _CLOSE_S) -> None:
        """Stop reading and release the source; returns within ``wait_s`` seconds.

        Only the thread itself may release a device that it is reading from. When a driver call
        holds it for longer, it is left behind; it lets the device go as soon as it can, or with the
        end of the process.
        """
        with self._changed:
            self._closing = True
            self._error = None
            self._changed.notify_all()
        self._thread.join(wait_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _run(
        self,
        open_source: Callable[[], Source],
        prepare: Callable[[CapturedFrame], T | None],
    ) -> None:
        try:
            with open_source() as source:
                self._source = source
                self._heard()
                self._read(source, prepare)
        except BaseException as raised:  # a bug's traceback too belongs to the thread that asks
            self._keep(raised, blames_source=True)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read(self, source: Source, prepare: Callable[[CapturedFrame], T | None]) -> None:
        """Read and prepare until the end or an error, which is kept."""
        is_prepared = True
        try:
            while self._wants_more(source.live) and (captured := source.read()) is not None:
                self._heard()
                check_frame(captured.raw)
                is_prepared = False
                prepared = prepare(captured)
                is_prepared = True
                if prepared is not None:
                    self._hand_over(Ready(captured, prepared))
        except BaseException as raised:
            self._keep(raised, blames_source=is_prepared)

    def _keep(self, error: BaseException, *, blames_source: bool) -> None:
        """Keep the first error for who asks: closing a source that failed may fail as well."""
        with self._changed:
            # Nobody asks any more after the closing.
            if self._error is None and not self._closing:
                self._error, self._blames_source = error, blames_source
                self._failed_s = time.monotonic()
                self._silence_s = self._failed_s - self._heard_s

    def _wants_more(self, live: bool) -> bool:
        """True when it is time to read; False when it is time to end."""
        with self._changed:
            if not live:
                # Not woken by the reader: the kernel likes to put who is woken beside who wakes it,
                # and the model would share its core with the decoder.
                look_s = _FIRST_LOOK_S
                while not (self._waiting is None or self._closing):
                    self._changed.wait(look_s)
                    look_s = min(2 * look_s, _LAST_LOOK_S)
            return not self._closing

    def _heard(self) -> None:
        with self._changed:
            self._heard_s = time.monotonic()

    def _hand_over(self, ready: Ready[T]) -> None:
        with self._changed:
            if self._waiting is not None:
                self.dropped += 1
            self._waiting = ready
            self._changed.notify_all()
