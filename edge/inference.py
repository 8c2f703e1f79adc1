"""The model at work in a thread of its own, while another one decides about the frame before.

Deciding and telling take a tenth of a millisecond or more. In one thread with the model, it would
stand still for so long at each frame.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

from edge.capture import Ready, ReconnectingCapture, SourceChange, SourceFault
from edge.sources import Source

P = TypeVar("P")
A = TypeVar("A")

Tell = Callable[[SourceChange], None]

_TICK_S = 0.05  # how soon the thread notices the closing while no frame comes
_CLOSE_S = 0.6


class Inference(Generic[P, A]):
    """A capture whose frames come with the model's answer; use it in a ``with``.

    The thread takes the newest frame, runs the model, and keeps the answer until it is taken; the
    next frame is then looked at already. Frames and the source's changes come in their order.
    """

    def __init__(
        self,
        open_capture: Callable[[Tell], ReconnectingCapture[P]],
        infer: Callable[[P], A],
        tell: Tell,
    ) -> None:
        """Start to capture and to infer.

        ``open_capture`` makes the capture, whose changes it is to tell as it is handed. ``infer``
        runs in the thread, ``tell`` in the one that calls ``next``.
        """
        self._tell = tell
        self._infer = infer
        self._changed = threading.Condition()  # guards all that follows
        self._items: deque[Ready[A] | SourceChange] = deque()  # at most one of them a frame
        self._holds_frame = False
        self._error: BaseException | None = None
        self._over = self._closing = False
        self._capture = open_capture(self._note)
        # A daemon: an operator that never returns must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    def next(self, timeout_s: float) -> Ready[A] | None:
        """The next frame with its answer, as soon as there is one.

        None when there was none within ``timeout_s`` seconds, or the source has ended (``ended``).
        Raises what the capture or the model raised, once what was before it is handed over.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._over, timeout_s)
            item = self._items.popleft() if self._items else None
            if isinstance(item, Ready):
                self._holds_frame = False
                self._changed.notify_all()
                return item
            if item is None and self._error is not None:
                raise self._error
        if item is not None:
            self._tell(item)
        return None

    @property
    def ended(self) -> bool:
        """True once a source that has an end is closed and its last frame handed over."""
        with self._changed:
            return self._over and not self._items and self._error is None

    @property
    def fault(self) -> SourceFault | None:
        """What is wrong with the source now, None when nothing is."""
        return self._capture.fault

    @property
    def source(self) -> Source | None:
        """The open source, for what it says about itself; None while there is none."""
        return self._capture.source

    @property
    def dropped(self) -> int:
        """Frames that came and were never looked at."""
        return self._capture.dropped

    @property
    def damaged(self) -> int:
        """Frames that came damaged and were left out."""
        return self._capture.damaged

    @property
    def reconnects(self) -> int:
        """How often good frames came back after a fault."""
        return self._capture.reconnects

    def close(self) -> None:
        """Let the source go; returns within 0.6 s, also while a driver or the model is stuck."""
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
            # Only this thread uses the capture: it may be about to open the source again.
            with self._capture:
                while not self._closing:
                    ready = self._capture.next(_TICK_S)
                    if ready is not None:
                        self._hand_over(Ready(ready.captured, self._infer(ready.prepared)))
                    elif self._capture.ended:  # not asked before: ``next`` raises why
                        break
        except BaseException as raised:  # a bug's traceback too belongs to the thread that asks
            error = raised
        with self._changed:
            self._error, self._over = error, True
            self._changed.notify_all()

    def _hand_over(self, ready: Ready[A]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._holds_frame or self._closing)
            self._holds_frame = True
            self._items.append(ready)
            self._changed.notify_all()

    def _note(self, change: SourceChange) -> None:
        with self._changed:
            self._items.append(change)
            self._changed.notify_all()
