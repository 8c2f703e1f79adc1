"""A camera of the stand-in driver whose frames are swapped, held up and taken away as it runs."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import cv2
import numpy as np

from tests.edge.v4l2.driver import compiled, environment

Trouble = Literal["unplugged", "still picture", "covered", "stuck call"]

_PAUSE_MS = 33
_ENTERED_S = 0.3  # by then a driver that gives a frame each 33 ms is in the next one


class UsbCamera:
    """MJPG frames in ``folder``, different ones round and round; leave it with a ``with`` block.

    Attributes:
        environment: of a process that is to see it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._shown = folder, folder / "shown"
        noise = np.random.default_rng(0).integers(0, 256, (8, 48, 64, 3), np.uint8)
        noise[..., 2] |= 128
        self._lay("good", [_jpeg(frame) for frame in noise])
        self._lay("still picture", [_jpeg(noise[0])])
        self._lay("covered", [_jpeg(frame // 64) for frame in noise])
        self._lay("unplugged", [b""])
        (folder / "stuck call").mkdir()
        self._pipe = folder / "stuck call/MJPG.0"
        os.mkfifo(self._pipe)  # to open it waits for a writer
        self._show("good")
        self.environment = environment(compiled(folder), self._shown, "MJPG", _PAUSE_MS)

    def interrupt(self, trouble: Trouble, away_s: float) -> float:
        """Give ``trouble`` for ``away_s`` seconds; returns time.monotonic() of good frames' return.

        A stuck call alone stays as it is until ``let_go``, while other connections get good frames.
        """
        self._show(trouble)
        time.sleep(_ENTERED_S if trouble == "stuck call" else away_s)
        self._show("good")
        return time.monotonic()

    def let_go(self) -> None:
        """End the calls that are stuck: the camera is gone for them."""
        with suppress(OSError):  # none is
            os.close(os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.let_go()

    def _lay(self, name: str, frames: list[bytes]) -> None:
        (self._folder / name).mkdir()
        for number, frame in enumerate(frames):
            (self._folder / name / f"MJPG.{number}").write_bytes(frame)

    def _show(self, name: str) -> None:
        """Between two frames, never in the middle of one."""
        link = self._folder / "next"
        link.symlink_to(name)
        link.replace(self._shown)


def _jpeg(bgr: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", bgr)[1].tobytes()
