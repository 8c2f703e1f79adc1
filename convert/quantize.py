"""Make the int8 file and prove it: python -m convert.quantize [--run RUN] [--output FILE]."""

from __future__ import annotations

import argparse
import os
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args
from zipfile import BadZipFile

# TensorFlow's start-up lines speak of missing GPUs; only its errors concern a user.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from edge.quiet import quiet

try:
    with quiet():
        import keras
        import tensorflow as tf  # noqa: F401 (loaded here, where its start-up lines are hidden)
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name}: not installed; pip install -r requirements-train.txt")

from convert.calibration import choose
from convert.confidence import fit_confidence
from convert.golden import Score, make_golden
from convert.metadata import with_metadata
from convert.package import Proof, pack, pack_draft
from convert.run import Run
from convert.tflite import Io, to_float, to_int8
from convert.verify import compare, float_scores, int8_scores, profile
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
    source = Run.open(args.run) if args.run else Run.newest(args.runs)
    model = _load(source)
    print(f"run {source.path}: {len(source.labels)} classes, {_size_of(source)}")
    pool = source.pictures("calibration")
    calibration = choose(pool, source.labels, source.spec, args.samples, args.seed)
    print(
        f"calibrating on {len(calibration.pixels)} training pictures"
        f" ({min(calibration.by_class.values())} to {max(calibration.by_class.values())} a class,"
        f" seed {args.seed})",
        flush=True,
    )
    int8_bytes = with_metadata(
        to_int8(model, calibration.pixels, args.io),
        name=str(source.record["data"]["name"]),
        description=f"Image classifier with {len(source.labels)} classes.",
        channels=source.spec.channels,
    )
    float_bytes = to_float(model)
    with TemporaryDirectory() as scratch:
        draft = Path(scratch) / "draft.tflite"
        _write(draft, pack_draft(source, int8_bytes))
        proof = _prove(source, model, draft, (len(float_bytes), len(int8_bytes)))
        final = pack(source, int8_bytes, calibration, proof, _golden(source, draft, args.seed))
        _write(draft, final)
        checked = Classifier(draft)  # as a device loads it: runs the golden frames
    _write(args.output, final)
    print(proof.comparison.table())
    print(f"{args.output}: {len(final):,} bytes with labels and card, model {checked.model_id}")
    print(f"next: python -m edge.camera --model {args.output}")


def _write(path: Path, content: bytes) -> None:
    with replace_file(path) as stream:
        stream.write(content)


def _prove(source: Run, model: keras.Model, draft: Path, sizes: tuple[int, int]) -> Proof:
    """Classify the held-out pictures with both models; ``sizes`` are (float, int8) bytes."""
    classifier = Classifier(draft, num_threads=os.cpu_count() or 1)
    test, validation = source.pictures("test"), source.pictures("validation")
    scores = int8_scores(classifier, test.pixels)
    return Proof(
        comparison=compare(
            float_scores(model, test.pixels, source.spec),
            scores,
            test.class_ids,
            sizes,
        ),
        confidence=fit_confidence(int8_scores(classifier, validation.pixels), validation.class_ids),
        answers=profile(scores, source.labels),
        runtime=f"{classifier.runtime_name} {runtime_version(classifier.runtime_name)}",
    )


def _golden(source: Run, draft: Path, seed: int) -> tuple[GoldenFrame, ...]:
    """Golden frames on which all runtimes at hand agree."""
    scorers = [_scorer(Classifier(draft, runtime=name)) for name in installed()]
    return make_golden(scorers, source.spec.width, source.spec.height, seed)


def _scorer(classifier: Classifier) -> Score:
    return lambda frame: classifier.classify(frame).scores


def _load(source: Run) -> keras.Model:
    try:
        model = keras.models.load_model(source.model, compile=False)
    except (OSError, ValueError, TypeError, KeyError, BadZipFile, zlib.error) as error:
        raise DataError(
            f"{source.model}: not a model that Keras reads ({str(error).splitlines()[0]}); copy the"
            " run folder again, or train again"
        ) from error
    spec = source.spec
    expected = (None, spec.height, spec.width, spec.channels), (None, len(source.labels))
    if (model.input_shape, model.output_shape) != expected:
        raise DataError(
            f"{source.model}: turns {model.input_shape} into {model.output_shape}, but run.json and"
            f" labels.txt say {expected[0]} into {expected[1]}; copy the run folder again"
        )
    return model


def _size_of(source: Run) -> str:
    spec = source.spec
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
