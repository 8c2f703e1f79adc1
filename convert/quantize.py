"""Make the int8 file and prove it: python -m convert.quantize [--run RUN] [--output FILE]."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from convert.calibration import choose
from convert.confidence import fit_confidence
from convert.conversion import Conversion, Io, convert, examine
from convert.golden import Score, make_golden
from convert.metadata import with_metadata
from convert.package import Proof, pack, pack_draft
from convert.run import Run
from convert.subject import Subject, of_run
from convert.verify import compare, int8_scores, profile
from edge.atomic import replace_file
from edge.card import GoldenFrame
from edge.classifier import Classifier
from edge.cli import run_command
from edge.errors import DataError, UsageError
from edge.runtime import installed, runtime_version


def run(args: argparse.Namespace) -> None:
    """Convert a run's model, verify the file on held-out pictures, write it."""
    if args.samples < 1 or args.seed < 0:
        raise UsageError("--samples: needs at least 1 picture, better 500; --seed: 0 or more")
    run = Run.open(args.run) if args.run else Run.newest(args.runs)
    subject = of_run(run)
    _check(subject)
    print(f"run {run.path}: {len(subject.labels)} classes, {_size_of(subject)}")
    calibration = choose(subject.calibration, subject.labels, subject.spec, args.samples, args.seed)
    print(
        f"calibrating on {len(calibration.pixels)} training pictures"
        f" ({min(calibration.by_class.values())} to {max(calibration.by_class.values())} a class,"
        f" seed {args.seed})",
        flush=True,
    )
    as_float = convert(subject.source, "float32")
    as_int8 = convert(subject.source, "int8", calibration.pixels, io=args.io)
    graph = _with_metadata(subject, as_int8)
    with TemporaryDirectory() as scratch:
        reference, draft = Path(scratch, "float32.tflite"), Path(scratch, "int8.tflite")
        _write(reference, pack_draft(subject, _with_metadata(subject, as_float)))
        _write(draft, pack_draft(subject, graph))
        proof = _prove(subject, reference, draft, (len(as_float.data), len(graph)))
        final = pack(subject, graph, calibration, proof, _golden(subject, draft, args.seed))
        _write(draft, final)
        checked = Classifier(draft)  # as a device loads it: runs the golden frames
    _write(args.output, final)
    print(proof.comparison.table())
    print(f"{args.output}: {len(final):,} bytes with labels and card, model {checked.model_id}")
    print(f"next: python -m edge.camera --model {args.output}")


def _with_metadata(subject: Subject, conversion: Conversion) -> bytes:
    return with_metadata(
        conversion.data,
        name=subject.name,
        description=f"Image classifier with {len(subject.labels)} classes.",
        channels=subject.spec.channels,
    )


def _write(path: Path, content: bytes) -> None:
    with replace_file(path) as stream:
        stream.write(content)


def _prove(subject: Subject, reference: Path, draft: Path, sizes: tuple[int, int]) -> Proof:
    """Classify the held-out pictures with both files; ``sizes`` are (float, int8) bytes."""
    threads = os.cpu_count() or 1
    classifier = Classifier(draft, num_threads=threads)
    test, validation = subject.test, subject.validation
    scores = int8_scores(classifier, test.pixels)
    return Proof(
        comparison=compare(
            int8_scores(Classifier(reference, num_threads=threads), test.pixels),
            scores,
            test.class_ids,
            sizes,
        ),
        confidence=fit_confidence(int8_scores(classifier, validation.pixels), validation.class_ids),
        answers=profile(scores, subject.labels),
        runtime=f"{classifier.runtime_name} {runtime_version(classifier.runtime_name)}",
    )


def _golden(subject: Subject, draft: Path, seed: int) -> tuple[GoldenFrame, ...]:
    """Golden frames on which all runtimes at hand agree."""
    scorers = [_scorer(Classifier(draft, runtime=name)) for name in installed()]
    return make_golden(scorers, subject.spec.width, subject.spec.height, seed)


def _scorer(classifier: Classifier) -> Score:
    return lambda frame: classifier.classify(frame).scores


def _check(subject: Subject) -> None:
    facts, spec = examine(subject.source), subject.spec
    found = (facts.height, facts.width, facts.channels, facts.classes)
    stated = (spec.height, spec.width, spec.channels, len(subject.labels))
    if found != stated:
        raise DataError(
            f"{subject.source.path}: turns {found[:3]} into {found[3]} classes, but run.json and"
            f" labels.txt say {stated[:3]} into {stated[3]}; copy the run folder again"
        )


def _size_of(subject: Subject) -> str:
    spec = subject.spec
    return f"frames of {spec.width}x{spec.height}x{spec.channels}, crop {spec.crop}"


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m convert.quantize."""
    parser = argparse.ArgumentParser(
        prog="python -m convert.quantize",
        description="Turn a run's float model into one full-int8 TFLite file, and prove it.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--run", type=Path, help="run folder that python -m train left; default: the newest")
    add("--runs", type=Path, default=Path("runs"), help="where the newest run is looked for")
    add("--output", type=Path, default=Path("model_int8.tflite"), help="the file to write")
    add("--io", choices=get_args(Io), default="uint8", help="type of the file's input and output")
    add("--samples", type=int, default=500, help="training pictures to calibrate on")
    add("--seed", type=int, default=0, help="of the calibration pictures and the golden frames")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
