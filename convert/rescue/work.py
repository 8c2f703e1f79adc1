"""What the rescue does with TensorFlow; every function here runs in a child process.

Call them through convert.child.run_in_child: importing this module loads TensorFlow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from convert.conversion import Io
from convert.graph.correction import corrected
from convert.loading import load_model
from convert.rescue.attempt import score
from convert.rescue.equalize import equalize
from convert.rescue.finetune import FakeQuantized, finetune
from convert.rescue.fold import fold
from convert.rescue.graph import trace
from convert.rescue.matching import match
from convert.rescue.ranges import (
    ESTIMATORS,
    extremes,
    operator_outputs,
    with_ranges,
)
from convert.rescue.results import Equalisation, Made, Range, Tuned
from convert.rescue.steps import activations_of, calibrate, observe, quantize
from convert.source import ModelSource
from convert.subject import Subject

_OBSERVED = 200  # calibration pictures that range estimators see
_SCORED_AT_ONCE = 250


def recalibrated(source: ModelSource, pixels: NDArray[np.uint8], io: Io) -> Made:
    """The int8 file with ranges from other ``pixels``."""
    return _made(lambda: calibrate(load_model(source), pixels), pixels, io)


def estimated(
    calibrated: bytes, pixels: NDArray[np.uint8], seed: int, io: Io
) -> list[tuple[str, Made]]:
    """The int8 files with each estimator's ranges, by the estimator's name."""
    start = time.monotonic()
    seen = observe(calibrated, pixels[:_OBSERVED], seed)
    shared = (time.monotonic() - start) / len(ESTIMATORS)
    found = []
    for name, estimate in ESTIMATORS.items():
        ranges = {tensor: estimate(values) for tensor, values in seen.items()}
        made = _made(lambda r=ranges: with_ranges(calibrated, r), pixels, io)  # type: ignore[misc]
        found.append((name, replace(made, seconds=made.seconds + shared)))
    return found


def kept_float(
    calibrated: bytes, pixels: NDArray[np.uint8], names: Collection[str], io: Io
) -> Made:
    """The int8 file in which the operators that make ``names`` compute in float32."""
    return _made(lambda: calibrated, pixels, io, names)


def equalized(
    source: ModelSource, pixels: NDArray[np.uint8], io: Io, target: Path
) -> tuple[Made, Equalisation]:
    """The int8 file of the equalised model, which is saved as the .keras file ``target``."""
    start = time.monotonic()
    model = fold(load_model(source))
    outcome = equalize(model)
    model.save(target)
    calibrated = calibrate(model, pixels)
    data, correction = corrected(quantize(calibrated, io), calibrated, pixels)
    return Made(data, calibrated, time.monotonic() - start, correction), outcome


def finetuned(
    source: ModelSource,
    pixels: NDArray[np.uint8],
    training: NDArray[np.uint8],
    estimator: str | None,
    steps: int,
    seed: int,
    io: Io,
) -> tuple[Made, Tuned]:
    """The int8 file of the equalised and fine-tuned model, with the ranges that it learned.

    ``pixels`` calibrate, ``training`` are learned from; ``estimator`` gives the ranges to start
    from, None those of the converter.
    """
    start = time.monotonic()
    keras.utils.set_random_seed(seed)
    targets = _answers(load_model(source), training)
    model = fold(load_model(source))
    equalize(model)
    calibrated = calibrate(model, pixels)
    ranges = _start_ranges(calibrated, pixels, estimator, seed)
    names = match(trace(model), pixels[0], activations_of(calibrated, pixels[0]))
    tuned = finetune(FakeQuantized(model, names, ranges), training, targets, steps, seed)
    calibrated = with_ranges(calibrate(model, pixels), {**ranges, **tuned.ranges})
    # Its biases were learned together with the rounding: the float form is not what it should be.
    return Made(quantize(calibrated, io), calibrated, time.monotonic() - start), tuned


def layer_scores(
    subject: Subject, calibrated: bytes, frames: NDArray[np.uint8], skipped: Collection[str]
) -> list[tuple[str, str, NDArray[np.float32]]]:
    """For each operator: output tensor, kind, and scores (n, classes) with it alone in int8.

    Operators of the kinds ``skipped`` are left out.
    """
    outputs = operator_outputs(calibrated)
    found = []
    for name, kind in outputs:
        if kind not in skipped:
            others = [other for other, _ in outputs if other != name]
            data = quantize(calibrated, "float32", others)
            found.append((name, kind, score(subject, data, frames)[0]))
    return found


def calibrated_file(source: ModelSource, pixels: NDArray[np.uint8]) -> bytes:
    """The calibrated float file of ``source``."""
    return calibrate(load_model(source), pixels)


def _made(
    prepare: Callable[[], bytes],
    pixels: NDArray[np.uint8],
    io: Io,
    keep_float: Collection[str] = (),
) -> Made:
    """The file of what ``prepare`` calibrates, with biases corrected by ``pixels``."""
    start = time.monotonic()
    calibrated = prepare()
    data, correction = corrected(quantize(calibrated, io, keep_float), calibrated, pixels)
    return Made(data, calibrated, time.monotonic() - start, correction)


def _start_ranges(
    calibrated: bytes, pixels: NDArray[np.uint8], estimator: str | None, seed: int
) -> dict[str, Range]:
    seen = observe(calibrated, pixels[:_OBSERVED], seed)
    estimate = ESTIMATORS[estimator] if estimator else extremes
    return {tensor: estimate(values) for tensor, values in seen.items()}


def _answers(model: keras.Model, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    parts: Sequence[NDArray[np.float32]] = [
        model.predict_on_batch(pixels[start : start + _SCORED_AT_ONCE].astype(np.float32))
        for start in range(0, len(pixels), _SCORED_AT_ONCE)
    ]
    return np.concatenate(parts)
