"""A capture that outlives its connections: faults are noticed, said once, and waited out."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Generic, Self, TypeVar

from edge.capture.connection import Connection
from edge.capture.faults import FrameFault, FrameWatch
from edge.capture.left_behind import LeftBehind
from edge.capture.newest import Ready
from edge.capture.outage import Cause, Outage, SourceChange, SourceFault, Trouble, meaning
from edge.capture.unexpected import Unexpected
from edge.errors import EdgeError, SourceError, UsageError
from edge.sources import CapturedFrame, Source

T = TypeVar("T")

_LONGEST_OPENING_S = 15.0  # cameras and networks take seconds; then the opening hangs
_FIRST_FRAME_S = 5.0  # after the opening: a camera that has just started may need its time
_RELEASE_S = 0.3
_FLAPPING_S = 1.0  # good frames for less than this are no success of the last opening


@dataclass(frozen=True)
class Patience:
    """How many seconds something may be wrong before it is a fault; math.inf for ever."""

    stall_s: float = 5.0
    frozen_s: float = 10.0
    dark_s: float = 10.0


class ReconnectingCapture(Generic[T]):
    """The newest good frame of a source, opened again whenever it fails; use it in a ``with``.

    Files end; cameras and streams come back. A source that cannot be opened at all is an error: it
    is mostly a wrong name. One that fails before its first frame is an error too, and one that
    opens and stays silent is waited for.

    Attributes:
        reconnects: how often good frames came back after a fault.
        fault: what is wrong now, None when nothing is.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        prepare: Callable[[CapturedFrame], T],
        *,
        name: str,
        patience: Patience,
        reconnect: bool = True,
        waits_for_first: bool = False,
        tell: Callable[[SourceChange], None] = lambda change: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Start to open and read.

        ``prepare`` runs in the capture's thread. ``tell`` hears of each fault once when it begins
        and once when it is over, in the thread that calls ``next``. With ``waits_for_first`` a
        first opening that fails is a fault like any other. ``chance`` spreads the tries.
        """
        self.reconnects = 0
        self._open_source, self._prepare = open_source, prepare
        self._name, self._patience, self._reconnect = name, patience, reconnect
        self._tell, self._chance = tell, chance
        self._has_given = False  # a good frame, ever
        # From the first frame on its source says so, or from the first silence after it opened.
        self._may_come_back = waits_for_first
        self._unexpected = Unexpected(name)
        self._outage: Outage | None = None
        self._tries, self._recovered_s = 0, -math.inf  # of the outage before
        self._dropped = self._damaged = 0  # of the connections before this one
        self._first_number = self._next_number = 0  # of this connection's frames; of all
        self._left_behind = LeftBehind()
        self._watch = FrameWatch(patience.frozen_s, patience.dark_s)
        self._connection: Connection[T] | None = self._connect()

    def next(self, timeout_s: float) -> Ready[T] | None:
        """The newest good frame, as soon as there is one.

        None when there was none within ``timeout_s`` seconds, or the source has ended (``ended``).
        Raises SourceError for a source that cannot be opened the first time, or that fails and is
        not to be opened again; UsageError for a region of interest beyond the first frame; and
        whatever else ``prepare`` raises.
        """
        outage, now_s = self._outage, time.monotonic()
        if outage is not None:
            self._say(outage, now_s)
            if outage.retry_s is not None and now_s >= outage.retry_s:
                self._open_again(outage)
        if self._connection is None:
            until_retry_s = (
                0.0 if outage is None or outage.retry_s is None else outage.retry_s - now_s
            )
            time.sleep(min(timeout_s, max(0.0, until_retry_s)))
            return None
        capture = self._connection.capture
        try:
            ready = capture.next(timeout_s)
        except UsageError as error:  # the region of interest is beyond a frame of another size
            self._fail("resized", error)
            return None
        except SourceError as error:
            self._lose(self._connection, error)
            return None
        except Exception as error:
            if not capture.blames_source:
                raise
            self._lose(self._connection, self._unexpected.fault(error))
            return None
        if ready is None:
            self._look_for_faults(self._connection)
            return None
        self._take(self._connection)
        return self._numbered(ready)

    @property
    def ended(self) -> bool:
        """True once a source that has an end is closed and its last frame handed over."""
        return self._connection is not None and self._connection.capture.ended

    @property
    def fault(self) -> SourceFault | None:
        return None if self._outage is None else self._outage.fault

    @property
    def source(self) -> Source | None:
        """The open source, for what it says about itself; None while there is none."""
        connection = self._connection  # another thread may ask while it is let go
        return None if connection is None else connection.capture.source

    @property
    def dropped(self) -> int:
        """Frames that came and were never handed over, of all connections."""
        connection = self._connection
        return self._dropped + (0 if connection is None else connection.capture.dropped)

    @property
    def damaged(self) -> int:
        """Frames that came damaged and were left out, of all connections."""
        source = self.source
        return self._damaged + (0 if source is None else source.damaged)

    def close(self) -> None:
        """Let the source go; returns within about half a second."""
        if self._connection is not None:
            self._connection.capture.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self) -> Connection[T]:
        self._watch = self._watch.reconnected()
        self._first_number = self._next_number
        return Connection(self._open_source, self._prepare, self._watch)

    def _numbered(self, ready: Ready[T]) -> Ready[T]:
        """Frames are counted on over the connections, each of which begins at 0."""
        captured = ready.captured
        if self._first_number:
            captured = replace(captured, number=self._first_number + captured.number)
        self._next_number = captured.number + 1
        return Ready(captured, ready.prepared)

    def _take(self, connection: Connection[T]) -> None:
        """A frame is handed over, which ends every fault but darkness."""
        self._has_given, self._may_come_back = True, connection.is_steady
        if self._watch.fault == "dark":
            self._fail("dark", self._error("dark"))
        elif self._outage is not None:
            self._recover(self._outage)

    def _look_for_faults(self, connection: Connection[T]) -> None:
        """No frame came in time: say so once it is a fault."""
        silent_s = connection.capture.silent_s  # 0 s once it has ended
        limit_s = self._patience.stall_s
        if not connection.gives:
            limit_s = max(limit_s, _FIRST_FRAME_S)
        if not connection.is_steady:
            limit_s = max(limit_s + _FIRST_FRAME_S, _LONGEST_OPENING_S)
        if silent_s > limit_s:
            # It opened: its name is right, and a silent camera may yet give a frame.
            self._may_come_back |= connection.is_steady
            remedy = "check that it is on and connected"
            text = f"{self._name}: no frame for {limit_s:g} s; {remedy}"
            self._fail("stalled", SourceError(text))
        elif (fault := self._watch.fault) is not None:
            self._fail(fault, self._error(fault))

    def _lose(self, connection: Connection[T], error: SourceError) -> None:
        """The source failed."""
        # A driver whose patience ends before ours calls the silence an error.
        was_silent = connection.capture.last_silence_s >= self._patience.stall_s
        self._may_come_back |= connection.is_steady and was_silent
        self._fail("lost", error)

    def _error(self, fault: FrameFault) -> SourceError:
        return SourceError(f"{self._name}: {meaning(fault)}")

    def _fail(self, fault: SourceFault, error: EdgeError) -> None:
        """Say once what is wrong, and set the time to open the source again."""
        is_mistake = isinstance(error, UsageError) and not self._has_given
        if not (self._may_come_back and self._reconnect) or is_mistake:
            raise error
        now_s, cause = time.monotonic(), _cause(fault, error)
        trouble = Trouble(fault, cause, str(error), now_s)
        if self._outage is None:
            tries = self._tries if now_s - self._recovered_s < _FLAPPING_S else 0
            self._outage = Outage(trouble, tries)
        outage = self._outage
        is_another = outage.take(trouble)
        is_over = cause in ("gone", "region")
        if is_over:
            self._leave(0.0)
        if is_over or is_another or outage.retry_s is None:
            outage.wait(cause, now_s, self._chance())
        self._say(outage, now_s)

    def _say(self, outage: Outage, now_s: float) -> None:
        change = outage.news(now_s)
        if change is not None:
            self._tell(change)

    def _open_again(self, outage: Outage) -> None:
        # What still gives frames, if dark ones, is let go only where another may take its place.
        if self._connection is not None and not self._left_behind.would_have_room():
            outage.put_off(time.monotonic())
            return
        self._leave(_RELEASE_S)
        now_s = time.monotonic()
        if self._left_behind.has_room(now_s):
            outage.opened_again()
            self._connection = self._connect()
            return
        outage.put_off(now_s)
        if self._left_behind.is_stuck(now_s):
            change = outage.stuck(self._name, self._left_behind.count, now_s)
            if change is not None:
                self._tell(change)

    def _leave(self, wait_s: float) -> None:
        """Let the connection go, if there is one, without waiting for a driver that is stuck."""
        if self._connection is None:
            return
        capture = self._connection.capture
        capture.close(wait_s)
        dropped, damaged = self.dropped, self.damaged
        self._connection = None
        self._dropped, self._damaged = dropped, damaged
        self._left_behind.add(capture)

    def _recover(self, outage: Outage) -> None:
        self._outage, self._tries, self._recovered_s = None, outage.tries, time.monotonic()
        self.reconnects += 1
        self._tell(outage.ended(self._name, self._recovered_s))


def _cause(fault: SourceFault, error: EdgeError) -> Cause:
    if isinstance(error, UsageError):
        return "region"
    return "gone" if fault == "lost" or fault == "stalled" else fault
