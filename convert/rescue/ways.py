"""The ways to a better file, in the order in which they are tried.

Each is a generator, so that nothing is made that is no longer needed. Cheap ones that change
nothing but numbers come first, then those that give up speed or portability, then training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from convert.child import run_in_child
from convert.conversion import convert
from convert.graph.correction import Correction
from convert.layers import costs_of
from convert.rescue.attempt import Candidate
from convert.rescue.bench import Bench
from convert.rescue.training import pool_pictures, training_pictures
from convert.source import ModelSource
from edge.errors import DataError

_WORK = "convert.rescue.work"
_MORE = 2000  # training pictures to calibrate on
_LEARNED_FROM = 5000  # training pictures of the fine-tune, at most
_MOST_BYTES = 150_000_000  # of pictures handed to a child process at once
_FLOAT_SHARE = 4  # at most one in so many layers is kept in float32

Way = Callable[[Bench], Iterator[Candidate]]


def other_data(bench: Bench) -> Iterator[Candidate]:
    """More and other calibration pictures."""
    more, origin = training_pictures(bench.subject, _fitting(bench, _MORE), bench.seed)
    pool = pool_pictures(bench.subject)
    sets = [(pool, "the whole calibration pool"), (more, f"more training pictures, {origin}")]
    tried = {bench.calibration.tobytes()}
    for pixels, words in sets:
        if len(pixels) and pixels.tobytes() not in tried:
            tried.add(pixels.tobytes())
            arguments = bench.subject.source, pixels, bench.io
            made, seconds, _ = run_in_child(f"{_WORK}:recalibrated", *arguments)
            what = f"calibrated on {words} (n = {len(pixels):,})"
            note = _noted(made.correction)
            yield Candidate("calibration data", what, made.data, seconds, made.calibrated, note)


def other_ranges(bench: Bench) -> Iterator[Candidate]:
    """Other estimators of the activations' ranges than the extremes, from the best pictures."""
    pixels, calibrated = calibration_pictures(bench), _calibrated(bench)
    found, seconds, _ = run_in_child(f"{_WORK}:estimated", calibrated, pixels, bench.seed, bench.io)
    for name, made in found:
        yield Candidate(
            "activation ranges",
            f"ranges: {name}",
            made.data,
            seconds / len(found),
            made.calibrated,
            _noted(made.correction),
        )


def equalised(bench: Bench) -> Iterator[Candidate]:
    """Cross-layer equalisation: still full int8, and nothing is learned."""
    target = bench.scratch / "equalised.keras"
    arguments = bench.subject.source, calibration_pictures(bench), bench.io, target
    (made, outcome), seconds, _ = run_in_child(f"{_WORK}:equalized", *arguments)
    if not outcome.places:
        raise DataError("equalisation: no channels of this model can be scaled (it needs ReLU)")
    what = f"{outcome.places} places equalised, factors up to {outcome.largest_factor:.3g}"
    note = _noted(made.correction)
    yield Candidate("equalisation", what, made.data, seconds, made.calibrated, note)


def float_layers(bench: Bench) -> Iterator[Candidate]:
    """The costliest layers in float32, one, two, four and so on, on top of the best so far."""
    leader = bench.leader()
    if leader is None or leader.calibrated is None or bench.subject.validation is None:
        return
    frames = bench.subject.validation.pixels
    start = monotonic()
    bench.layers = costs_of(bench.subject, leader.calibrated, frames, bench.jury.float_scores)
    ranking, count = monotonic() - start, 1
    while count <= max(1, len(bench.layers) // _FLOAT_SHARE):
        worst = bench.layers[:count]
        tensors = [cost.tensor for cost in worst]
        arguments = leader.calibrated, calibration_pictures(bench), tensors, bench.io
        made, seconds, _ = run_in_child(f"{_WORK}:kept_float", *arguments)
        names = ", ".join(cost.name for cost in worst[:3]) + (" ..." if count > 3 else "")
        plural = "layer" if count == 1 else f"{count} layers"
        yield Candidate(
            "float layers",
            f"costliest {plural} in float32 ({names})",
            made.data,
            seconds + (ranking if count == 1 else 0),
            note=_noted(made.correction, f"on top of: {leader.what}; not for an Edge TPU"),
        )
        count *= 2


def wide_activations(bench: Bench) -> Iterator[Candidate]:
    """16-bit activations everywhere, weights stay int8."""
    leader = bench.leader()
    path = bench.scratch / "equalised.keras"
    is_equalised = leader is not None and leader.step == "equalisation" and path.exists()
    source = ModelSource(path) if is_equalised else bench.subject.source
    done = convert(source, "int16x8", calibration_pictures(bench))
    note = _noted(done.correction, "slow reference kernels on many devices; not for an Edge TPU")
    what = "16-bit activations, int8 weights" + (", equalised" if is_equalised else "")
    yield Candidate("16-bit activations", what, done.data, done.seconds, note=note)


def fine_tuned(bench: Bench) -> Iterator[Candidate]:
    """A short quantization-aware fine-tune, from the equalised model."""
    count = _fitting(bench, _LEARNED_FROM)
    training, origin = training_pictures(bench.subject, count, bench.seed)
    if not len(training):
        raise DataError("fine-tune: no training pictures; convert a run folder")
    made_from = [pair for pair in bench.judged if pair[0].step in ("first", "activation ranges")]
    start = min(made_from, key=lambda pair: pair[1].drop_points)[0].what
    estimator = start.removeprefix("ranges: ") if start.startswith("ranges: ") else None
    (made, tuned), seconds, _ = run_in_child(
        f"{_WORK}:finetuned",
        bench.subject.source,
        calibration_pictures(bench),
        training,
        estimator,
        bench.fine_tune_steps,
        bench.seed,
        bench.io,
    )
    what = (
        f"fine-tuned for {bench.fine_tune_steps} batches on {len(training):,} training pictures"
        f" ({origin}), weights and {len(tuned.ranges)} ranges"
    )
    note = (
        f"equalised first; divergence from the float network {tuned.first_loss:.4f} to"
        f" {tuned.last_loss:.4f} nats"
    )
    yield Candidate("fine-tune", what, made.data, seconds, made.calibrated, note)


def _noted(correction: Correction | None, note: str = "") -> str:
    """``note``, and why the biases are as the converter left them, if they are."""
    fault = correction.told() if correction and correction.fault else ""
    return "; ".join(filter(None, [note, fault]))


def _calibrated(bench: Bench) -> bytes:
    """The calibrated file of the best candidate so far, or a new one where none is at hand."""
    leader = bench.leader()
    if leader is not None and leader.calibrated is not None:
        return leader.calibrated
    arguments = bench.subject.source, calibration_pictures(bench)
    calibrated: bytes = run_in_child(f"{_WORK}:calibrated_file", *arguments)[0]
    return calibrated


def calibration_pictures(bench: Bench) -> NDArray[np.uint8]:
    """The pool where there is one: the failed file's own pictures may have been the fault."""
    pool = pool_pictures(bench.subject)
    return pool[:500] if len(pool) else bench.calibration


def _fitting(bench: Bench, count: int) -> int:
    """``count``, or as many pictures as memory is meant for."""
    spec = bench.subject.spec
    return min(count, _MOST_BYTES // (spec.height * spec.width * spec.channels))


WAYS: tuple[Way, ...] = (
    other_data,
    other_ranges,
    equalised,
    float_layers,
    wide_activations,
    fine_tuned,
)
