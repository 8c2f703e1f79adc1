"""The representative pictures that a command asks for, with every doubt about them said."""

from __future__ import annotations

import argparse

from convert.calibration import (
    TRAINING,
    Calibration,
    choose,
    doubts,
    read_pool,
    refuse_held_out,
)
from convert.conversion import CALIBRATED
from convert.subject import Subject
from edge.messages import print_warning


def calibration_of(
    subject: Subject, args: argparse.Namespace
) -> tuple[Calibration | None, tuple[str, ...]]:
    """The pictures and the doubts, which are printed; no pictures where the format needs none.

    Raises DataError for pictures that cannot be read, or on which the file is to be judged.
    """
    labels, spec, pool = subject.labels, subject.spec, subject.calibration
    if pool is None or args.format not in CALIBRATED:
        return None, ()
    is_run = subject.record is not None
    if is_run and args.representative is not None:
        pool = read_pool(args.representative, labels, spec)
    origin = TRAINING if args.representative is None else str(args.representative)
    calibration = choose(pool, labels, spec, args.samples, args.seed, origin)
    print(
        f"calibrating on {len(calibration.pixels)} pictures ({_classes(calibration)}, seed"
        f" {args.seed}): {origin}",
        flush=True,
    )
    learned_from = subject.calibration if is_run else None
    doubtful = (
        *refuse_held_out(calibration, subject.test, spec),
        *doubts(calibration, learned_from),
    )
    for doubt in doubtful:
        print_warning(f"{origin}: {doubt}")
    return calibration, doubtful


def _classes(calibration: Calibration) -> str:
    if calibration.unlabelled == len(calibration.pixels):
        return "of unknown class"
    counts = calibration.by_class.values()
    return f"{min(counts)} to {max(counts)} a class"
