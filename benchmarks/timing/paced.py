"""How old a frame is when its label is there: a camera that gives so many frames a second."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.timing.labelling import ORDER, Labelling
from edge.capture import Patience, ReconnectingCapture
from edge.classifier import Classifier, Inferred, Prepared
from edge.errors import EdgeError
from edge.inference import Inference, Tell
from edge.preprocess import Frame
from edge.sources import CapturedFrame, Source
from edge.stats import Percentiles

_NAME = "frames from memory"
_WARMUP_S = 1.0
_PATIENCE_S = 5.0


class FramesAtRate(Source):
    """Frames from memory at the pace of a camera: what is measured is not how they are decoded."""

    live = True

    def __init__(self, frames: Sequence[Frame], fps: float) -> None:
        """``frames`` (height, width, 3), BGR, come round and round."""
        self.name = _NAME
        self._frames = itertools.cycle(frames)
        self._pause_s = 1 / fps
        self._due_s = time.monotonic()
        self._number = 0

    def read(self) -> CapturedFrame:
        """Waits for the next frame's time; a time that has passed unread is a frame lost."""
        now_s = time.monotonic()
        late = max(0, int((now_s - self._due_s) / self._pause_s))
        self._due_s += late * self._pause_s
        pixels = next(self._frames).copy()  # as a camera's frame: just written
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        number, self._number = self._number + late, self._number + late + 1
        captured = CapturedFrame.taken_at(time.monotonic(), pixels, number, order=ORDER)
        self._due_s += self._pause_s
        return captured

    def close(self) -> None:
        """Nothing is held."""


def frame_age(
    classifier: Classifier,
    labelling: Labelling,
    frames: Sequence[Frame],
    fps: float,
    count: int,
) -> dict[str, Any]:
    """Age of ``count`` frames in milliseconds, capture to label, through the app's own threads.

    ``dropped`` counts the frames that were never classified because a newer one was there.
    """
    ages_ms: list[float] = []
    numbers: list[int] = []

    def prepare(captured: CapturedFrame) -> Prepared:
        return classifier.prepare(captured.raw, captured.order)

    def open_capture(tell: Tell) -> ReconnectingCapture[Prepared]:
        return ReconnectingCapture(
            lambda: FramesAtRate(frames, fps),
            prepare,
            name=_NAME,
            patience=Patience(_PATIENCE_S),
            reconnect=False,
            tell=tell,
        )

    inference: Inference[Prepared, Inferred]
    with Inference(open_capture, classifier.infer, tell=lambda change: None) as inference:
        steady_s = time.monotonic() + _WARMUP_S
        while len(ages_ms) < count:
            ready = inference.next(_PATIENCE_S)
            if ready is None:
                raise EdgeError(f"{_NAME}: none came within {_PATIENCE_S:g} s")
            labelling.finish(ready.prepared)
            labelled_s = time.monotonic()
            if ready.captured.monotonic_s >= steady_s:
                ages_ms.append((labelled_s - ready.captured.monotonic_s) * 1000)
                numbers.append(ready.captured.number)
    percentiles = {name: round(ms, 4) for name, ms in asdict(Percentiles.of(ages_ms)).items()}
    dropped = numbers[-1] - numbers[0] + 1 - len(numbers)
    return {"fps": fps, "frames": count, "dropped": dropped, **percentiles}
