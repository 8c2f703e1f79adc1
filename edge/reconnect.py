"""A capture that outlives its connections: faults are noticed, said once, and waited out."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Literal, Self, TypeVar

from edge.backoff import Backoff
from edge.capture import Capture, Ready
from edge.errors import EdgeError, SourceError, UsageError
from edge.faults import FrameFault, FrameWatch
from edge.sources import CapturedFrame, Source

T = TypeVar("T")

SourceFault = FrameFault | Literal["lost", "stalled"]

# A connection that is gone is tried again at least once a second, for as long as it takes: a try is
# cheap, and the label is back within two seconds of the source.
_GONE = Backoff(first_s=0.1, most_s=1.0)
# One that still gives frames is opened again in case that helps, but seldom: it may be the night.
_GIVING = Backoff(first_s=10.0, most_s=300.0)
_LONGEST_OPENING_S = 15.0  # cameras and networks take seconds; then the opening hangs
_RELEASE_S = 0.3
_MOST_LEFT_BEHIND = 3  # connections that are stuck in a driver call
_MEANING: dict[FrameFault, str] = {
    "frozen": "the same frame again and again; it is opened again (--frozen 0 allows a picture "
    "that never changes)",
    "dark": "black frames; check the lens cap and the light",
    "resized": "frames of another size than before; it is opened again",
}


@dataclass(frozen=True)
class Patience:
    """How many seconds something may be wrong before it is a fault; math.inf for ever."""

    stall_s: float = 5.0
    frozen_s: float = 10.0
    dark_s: float = 10.0


@dataclass(frozen=True)
class SourceChange:
    """A source stopped giving good frames, or gives them again."""

    state: Literal["fault", "recovered"]
    fault: SourceFault
    message: str  # one line that names the source
    monotonic_s: float
    down_s: float | None = None  # recovered: seconds since the fault was noticed
    attempts: int = 0  # recovered: how often the source was opened again


@dataclass
class _Down:
    """A fault that stands."""

    fault: SourceFault
    since_s: float
    attempts: int = 0
    retry_s: float | None = None  # time.monotonic() of the next opening


class ReconnectingCapture(Generic[T]):
    """The newest good frame of a source, opened again whenever it fails; use it in a ``with``.

    Files end; cameras and streams come back. A source that cannot be opened at all is an error: it
    is mostly a wrong name.

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
        tell: Callable[[SourceChange], None] = lambda change: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Start to open and read.

        ``prepare`` runs in the capture's thread. ``tell`` hears of each fault once when it begins
        and once when it is over, in the thread that calls ``next``. ``chance`` spreads the tries.
        """
        self.reconnects = 0
        self._open, self._prepare = open_source, prepare
        self._name, self._patience, self._reconnect = name, patience, reconnect
        self._tell, self._chance = tell, chance
        self._watch = FrameWatch(patience.frozen_s, patience.dark_s)
        self._down: _Down | None = None
        self._has_given = False  # a good frame, ever
        self._dropped = self._damaged = 0  # of the connections before this one
        self._left_behind: list[Capture[T]] = []
        self._recovers = False  # until the source is open and says otherwise
        self._capture: Capture[T] | None = self._connect()

    def next(self, timeout_s: float) -> Ready[T] | None:
        """The newest good frame, as soon as there is one.

        None when there was none within ``timeout_s`` seconds, or the source has ended (``ended``).
        Raises SourceError for a source that cannot be opened the first time, or that fails and is
        not to be opened again; UsageError for a region of interest beyond the first frame.
        """
        down, now_s = self._down, time.monotonic()
        if down is not None and down.retry_s is not None and now_s >= down.retry_s:
            self._open_again(down)
        if self._capture is None:
            until_retry_s = 0.0 if down is None or down.retry_s is None else down.retry_s - now_s
            threading.Event().wait(min(timeout_s, max(0.0, until_retry_s)))
            return None
        try:
            ready = self._capture.next(timeout_s)
        except UsageError as error:  # the region of interest is beyond a frame of another size
            self._fail("resized", error)
            return None
        except SourceError as error:
            self._fail("lost", error)
            return None
        if ready is None:
            self._look_for_faults(self._capture)
        else:
            self._take()
        return ready

    @property
    def ended(self) -> bool:
        """True once a source that has an end is closed and its last frame handed over."""
        return self._down is None and self._capture is not None and self._capture.ended

    @property
    def fault(self) -> SourceFault | None:
        return None if self._down is None else self._down.fault

    @property
    def source(self) -> Source | None:
        """The open source, for what it says about itself; None while there is none."""
        return None if self._capture is None else self._capture.source

    @property
    def dropped(self) -> int:
        """Frames that came and were never handed over, of all connections."""
        return self._dropped + (0 if self._capture is None else self._capture.dropped)

    @property
    def damaged(self) -> int:
        """Frames that came damaged and were left out, of all connections."""
        return self._damaged + (0 if self.source is None else self.source.damaged)

    def close(self) -> None:
        """Let the source go; returns within about half a second."""
        if self._capture is not None:
            self._capture.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self) -> Capture[T]:
        self._watch.reconnected()
        return Capture(self._open_source, self._accept)

    def _open_source(self) -> Source:
        """Runs in the capture's thread, as ``_accept`` does."""
        source = self._open()
        self._recovers = source.recovers
        return source

    def _accept(self, captured: CapturedFrame) -> T | None:
        """What the model needs of a frame; None for one that must not be labelled."""
        if self._recovers:
            fault = self._watch.see(captured.pixels, captured.monotonic_s)
            # A dark frame is the truth, an old one is not.
            if fault in ("frozen", "resized"):
                return None
        return self._prepare(captured)

    def _take(self) -> None:
        """A frame is handed over, which ends every fault but darkness."""
        self._has_given = True
        if self._watch.fault == "dark":
            self._fail("dark", self._error("dark"))
        elif self._down is not None:
            self._recover(self._down)

    def _look_for_faults(self, capture: Capture[T]) -> None:
        """No frame came in time: say so once it is a fault."""
        silent_s, fault = capture.silent_s, self._watch.fault
        is_steady = capture.source is not None and self._recovers
        limit_s = self._patience.stall_s if is_steady else _LONGEST_OPENING_S
        if capture.ended:
            if self._recovers:
                self._fail("lost", SourceError(f"{self._name}: gives no more frames"))
        elif silent_s > limit_s:
            remedy = "check that it is on and connected"
            text = f"{self._name}: no frame for {limit_s:g} s; {remedy}"
            self._fail("stalled", SourceError(text))
        elif fault is not None and is_steady:
            self._fail(fault, self._error(fault))

    def _error(self, fault: FrameFault) -> SourceError:
        return SourceError(f"{self._name}: {_MEANING[fault]}")

    def _fail(self, fault: SourceFault, error: EdgeError) -> None:
        """Say once what is wrong, and set the time to open the source again."""
        if not (self._has_given and self._recovers and self._reconnect):
            raise error
        now_s = time.monotonic()
        if self._down is None:
            self._down = _Down(fault, now_s)
            self._tell(SourceChange("fault", fault, str(error), now_s))
        down = self._down
        is_gone = fault in ("lost", "stalled") or isinstance(error, UsageError)
        if is_gone:
            self._leave(0.0)
        if is_gone or down.retry_s is None:
            # Another size is settled by the next opening, either way.
            backoff = _GONE if is_gone or fault == "resized" else _GIVING
            down.retry_s = now_s + backoff.delay_s(down.attempts, self._chance())

    def _open_again(self, down: _Down) -> None:
        self._leave(_RELEASE_S)
        self._left_behind = [capture for capture in self._left_behind if not capture.released]
        down.attempts += 1
        if len(self._left_behind) < _MOST_LEFT_BEHIND:
            down.retry_s = None
            self._capture = self._connect()
        else:  # one more would be stuck in the same driver
            down.retry_s = time.monotonic() + _GONE.most_s

    def _leave(self, wait_s: float) -> None:
        """Let the connection go, if there is one, without waiting for a driver that is stuck."""
        if self._capture is None:
            return
        self._dropped, self._damaged = self.dropped, self.damaged
        self._capture.close(wait_s)
        self._left_behind.append(self._capture)
        self._capture = None

    def _recover(self, down: _Down) -> None:
        now_s = time.monotonic()
        self._down = None
        self.reconnects += 1
        down_s = now_s - down.since_s
        text = f"{self._name}: gives frames again after {down_s:.1f} s"
        self._tell(SourceChange("recovered", down.fault, text, now_s, down_s, down.attempts))
