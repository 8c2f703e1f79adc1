"""Ctrl-C between two batches."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import keras


class StopAfterBatch(keras.callbacks.Callback):
    """Raises KeyboardInterrupt behind a batch once Ctrl-C was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self._pressed = False

    def press(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT: the first one waits for the end of the batch, the second does not."""
        if self._pressed:
            raise KeyboardInterrupt
        self._pressed = True

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop here if asked to."""
        if self._pressed:
            raise KeyboardInterrupt


@contextmanager
def ctrl_c_between_batches() -> Iterator[StopAfterBatch]:
    """A callback for Keras' fit, and SIGINT's handler while the block runs.

    An exception in the midst of a step can leave TensorFlow's memory broken: about one Ctrl-C in
    eight ended in "free(): invalid next size". Where Ctrl-C is not Python's own, or in another
    thread than the main one, nothing is changed.
    """
    stop = StopAfterBatch()
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stop
        return
    before = signal.signal(signal.SIGINT, stop.press)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
