"""A frame from the camera's memory to its label, each part timed, as the camera app does it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge.classifier import Classifier, Inferred, Stages
from edge.decide import LIVE_SMOOTHING, Decider, card_policy
from edge.preprocess import Frame, Order

ORDER: Order = "BGR"  # in which cameras give their channels


class Labelling:
    """A classifier and what decides about its scores."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        policy = replace(card_policy(classifier.card), smoothing=LIVE_SMOOTHING)
        self._decider = Decider(classifier.labels, policy)

    def label(self, frame: Frame) -> tuple[Stages, float]:
        """The stages of a BGR frame, and the milliseconds from frame to label."""
        start = time.perf_counter_ns()
        stages = self.finish(self._classifier.infer(self._classifier.prepare(frame, ORDER)))
        return stages, (time.perf_counter_ns() - start) / 1e6

    def finish(self, inferred: Inferred) -> Stages:
        """Decide what was inferred; all its stages."""
        classification = self._classifier.finish(inferred, top_k=0)
        start_s = time.monotonic()
        self._decider.decide(classification.scores, start_s)
        return classification.stages.with_postprocess((time.monotonic() - start_s) * 1000)


class FrameMemory:
    """One frame in memory, as a camera has it: just written, and so in the processor's caches."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        """``frames`` (height, width, 3) of one size come round and round."""
        self._frames = frames
        self._number = 0
        self._memory = np.empty_like(frames[0])

    def next(self) -> Frame:
        """The next frame, where the one before was."""
        np.copyto(self._memory, self._frames[self._number])
        self._number = (self._number + 1) % len(self._frames)
        return self._memory
