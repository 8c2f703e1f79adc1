"""Make a quantized file and prove it: python -m convert.quantize [MODEL] [--output FILE]."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

try:
    from convert.package import Proof, pack, pack_draft
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name}: not installed; pip install -r requirements-train.txt")

from convert.arguments import check, parse
from convert.calibration import (
    TRAINING,
    Calibration,
    choose,
    doubts,
    read_pool,
    refuse_held_out,
)
from convert.confidence import fit_confidence
from convert.conversion import Conversion, Format, convert
from convert.golden import Score, make_golden
from convert.subject import Subject, open_subject
from convert.verify import compare, int8_scores, profile
from edge.atomic import replace_file
from edge.card import GoldenFrame
from edge.classifier import Classifier
from edge.cli import run_command
from edge.messages import print_warning
from edge.runtime import installed, runtime_version


def run(args: argparse.Namespace) -> None:
    """Convert a float model, judge the file on held-out pictures, write it."""
    check(args)
    output = args.output or Path(f"model_{args.format}.tflite")
    subject = open_subject(args)
    _announce(subject)
    calibration = _calibrate(subject, args)
    reference = _convert(subject, "float32", None, args)
    conversion = reference
    if args.format != "float32":
        conversion = _convert(subject, args.format, calibration, args)
    with TemporaryDirectory() as scratch:
        float_file, file = Path(scratch, "float32.tflite"), Path(scratch, "quantized.tflite")
        _write(float_file, pack_draft(subject, reference))
        _write(file, pack_draft(subject, conversion))
        proof = _prove(subject, float_file, file, (len(reference.data), len(conversion.data)))
        golden = _golden(subject, file, args.seed)
        final = pack(subject, conversion, calibration, proof, golden)
        _write(file, final)
        checked = Classifier(file)  # as a device loads it: runs the golden frames
    _write(output, final)
    if proof is not None:
        print(proof.comparison.table())
    print(f"{output}: {len(final):,} bytes with labels and card, model {checked.model_id}")
    print(f"next: python -m edge.camera --model {output}")


def _announce(subject: Subject) -> None:
    spec = subject.spec
    size = f"frames of {spec.width}x{spec.height}x{spec.channels}, crop {spec.crop}"
    print(f"{subject.source.path}: {len(subject.labels)} classes, {size}", flush=True)


def _calibrate(subject: Subject, args: argparse.Namespace) -> Calibration | None:
    """The representative pictures, with a warning for each doubt; None if none are needed."""
    labels, spec, pool = subject.labels, subject.spec, subject.calibration
    if pool is None or args.format not in ("int8", "int16x8"):
        return None
    is_run = subject.record is not None
    if is_run and args.representative is not None:
        pool = read_pool(args.representative, labels, spec)
    origin = TRAINING if args.representative is None else str(args.representative)
    calibration = choose(pool, labels, spec, args.samples, args.seed, origin)
    counts = calibration.by_class.values()
    print(
        f"calibrating on {len(calibration.pixels)} pictures ({min(counts)} to {max(counts)} a"
        f" class, seed {args.seed}): {origin}",
        flush=True,
    )
    learned_from = subject.calibration if is_run else None
    for doubt in (
        *refuse_held_out(calibration, subject.test, spec),
        *doubts(calibration, learned_from),
    ):
        print_warning(f"{origin}: {doubt}")
    return calibration


def _convert(
    subject: Subject, format: Format, calibration: Calibration | None, args: argparse.Namespace
) -> Conversion:
    pixels = None if calibration is None else calibration.pixels
    conversion = convert(subject.source, format, pixels, io=args.io or "uint8")
    print(
        f"{format}: {len(conversion.data):,} bytes, converted in {conversion.seconds:.1f} s with"
        f" {conversion.peak_mb:,.0f} MB at most",
        flush=True,
    )
    return conversion


def _prove(subject: Subject, float_file: Path, file: Path, sizes: tuple[int, int]) -> Proof | None:
    """Classify the held-out pictures with both files, whose graphs have ``sizes`` bytes."""
    if subject.test is None or subject.validation is None:
        print_warning(
            f"{subject.source.path}: nothing is proved, as there are no pictures to judge on; the"
            " file states no accuracy. Name labelled ones that the model has never seen with --test"
        )
        return None
    threads = os.cpu_count() or 1
    classifier = Classifier(file, num_threads=threads)
    test, validation = subject.test, subject.validation
    scores = int8_scores(classifier, test.pixels)
    before = int8_scores(Classifier(float_file, num_threads=threads), test.pixels)
    return Proof(
        comparison=compare(before, scores, test.class_ids, sizes),
        confidence=fit_confidence(int8_scores(classifier, validation.pixels), validation.class_ids),
        answers=profile(scores, subject.labels),
        runtime=f"{classifier.runtime_name} {runtime_version(classifier.runtime_name)}",
    )


def _golden(subject: Subject, file: Path, seed: int) -> tuple[GoldenFrame, ...]:
    """Golden frames on which all runtimes at hand agree."""
    scorers = [_scorer(Classifier(file, runtime=name)) for name in installed()]
    return make_golden(scorers, subject.spec.width, subject.spec.height, seed)


def _scorer(classifier: Classifier) -> Score:
    return lambda frame: classifier.classify(frame).scores


def _write(path: Path, content: bytes) -> None:
    with replace_file(path) as stream:
        stream.write(content)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, parse(argv))


if __name__ == "__main__":
    sys.exit(main())
