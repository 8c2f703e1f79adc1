"""Golden frames: made-up pictures whose scores show that a device runs the file rightly.

They are drawn, not taken from anyone's photos, and chosen so that the faults they are for (swapped
colours, shifted zero point) change their scores by far more than sound runtimes and resizes differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.card import GoldenFrame
from edge.classifier import Classifier
from edge.preprocess import Frame, FrameToInput
from edge.runtime import installed

TOLERANCE = 0.1  # of a score: the largest difference that still counts as equal
_COUNT = 4
_CANDIDATES = 128
_BLOBS = 6

Score = Callable[[Frame], NDArray[np.float32]]


def golden_of_file(path: Path, spec: FrameToInput, seed: int) -> tuple[GoldenFrame, ...]:
    """Golden frames of the file at ``path``, on which all runtimes at hand agree."""
    scorers = [_scorer(Classifier(path, runtime=name)) for name in installed()]
    return make_golden(scorers, spec.width, spec.height, seed)


def _scorer(classifier: Classifier) -> Score:
    return lambda frame: classifier.classify(frame).scores


def make_golden(
    scorers: Sequence[Score], width: int, height: int, seed: int
) -> tuple[GoldenFrame, ...]:
    """The most telling of some drawn frames, with the scores that the first of ``scorers`` gives.

    ``scorers`` run the same file, one for each runtime at hand. ``width`` and ``height`` are the
    model's input size; the frames are a third wider, so that the crop is tested too.
    """
    rng = np.random.default_rng(seed)
    size = (max(16, width * 4 // 3), max(16, height))
    frames = [draw(rng, *size) for _ in range(_CANDIDATES)]
    # How far a fault stands out above what is no fault.
    frames.sort(key=lambda frame: sway(scorers, frame) - sensitivity(scorers[0], frame))
    return tuple(
        GoldenFrame(frame, tuple(round(float(score), 6) for score in scorers[0](frame)))
        for frame in frames[:_COUNT]
    )


def draw(rng: np.random.Generator, width: int, height: int) -> Frame:
    """Soft coloured ellipses on a colour gradient, uint8 (height, width, 3) RGB."""
    ends = rng.uniform(0, 255, (2, 3))
    ramp = np.linspace(0, 1, width)[None, :, None]
    frame = np.ascontiguousarray(
        np.broadcast_to(ends[0] * (1 - ramp) + ends[1] * ramp, (height, width, 3)).astype(np.uint8)
    )
    for _ in range(_BLOBS):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(2, width // 3)), int(rng.integers(2, height // 2)))
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        cv2.ellipse(frame, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
    # Few grey levels: the card stays small when packed, and smooth areas survive any resize.
    return frame & np.uint8(0xF8)


def sensitivity(score: Score, frame: Frame) -> float:
    """How much the least visible of the faults changes a score of ``frame``."""
    right = score(frame)
    return min(float(np.abs(score(fault(frame)) - right).max()) for fault in _FAULTS)


def sway(scorers: Sequence[Score], frame: Frame) -> float:
    """How much a score of ``frame`` changes between runtimes, and with one grey level more or less.

    The latter stands for what another processor's rounding does to a resized picture.
    """
    right = scorers[0](frame)
    others = [score(frame) for score in scorers[1:]]
    # draw() leaves room above; below 0 a pixel would become white.
    others += [scorers[0](nearly) for nearly in (frame + np.uint8(1), frame - (frame > 0))]
    return max(float(np.abs(other - right).max()) for other in others)


def _swap_colours(frame: Frame) -> Frame:
    return np.ascontiguousarray(frame[:, :, ::-1])


def _shift_zero_point(frame: Frame) -> Frame:
    # What a uint8 pixel becomes when it is read as int8 or the other way round.
    return (frame.astype(np.int16) + 128).astype(np.uint8)


def _darken(frame: Frame) -> Frame:
    # Pixels scaled to 0..1 and cast: everything becomes black.
    return frame // np.uint8(255)


def _saturate(frame: Frame) -> Frame:
    # What a zero point beyond the values of int8 makes of every pixel: white.
    return np.full_like(frame, 255)


_FAULTS: tuple[Callable[[Frame], Frame], ...] = (
    _swap_colours,
    _shift_zero_point,
    _darken,
    _saturate,
)
