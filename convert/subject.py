"""What is converted: the model, its labels, and the pictures that belong to it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.arguments import normalization, refuse_run_options
from convert.calibration import read_pool
from convert.conversion import CALIBRATED, examine
from convert.pictures import Pictures, halves
from convert.run import Run
from convert.source import ModelFacts, ModelSource, check_kind
from edge.errors import DataError, UsageError
from edge.labels import match_labels, read_labels_file
from edge.messages import print_warning
from edge.preprocess import FrameToInput


@dataclass(frozen=True)
class Subject:
    """A float model with all that its conversion can use; None stands for what there is not."""

    name: str  # what the file calls itself: the data set of a run, else the model's name
    source: ModelSource
    labels: tuple[str, ...]
    spec: FrameToInput
    record: Mapping[str, Any] | None  # run.json of a run folder
    calibration: Pictures | None  # a run's training pictures, or the representative ones
    validation: Pictures | None  # to fit temperature and threshold on
    test: Pictures | None  # to judge on, and for nothing else


def open_subject(args: Namespace) -> Subject:
    """What the command line names: a run folder, the newest one, or a model alone.

    Raises DataError or UsageError, prints a line for what was added to a model and for what looks
    wrong with it.
    """
    path: Path | None = args.model or args.run
    if path is None or (path / "run.json").exists() or args.run:
        refuse_run_options(args)
        run = Run.newest(args.runs) if path is None else Run.open(path)
        return of_run(run)
    check_kind(path)
    if args.labels is None:
        raise UsageError(f"{path}: holds no labels; name them with --labels FILE, one a line")
    if args.representative is None and args.format in CALIBRATED:
        raise UsageError(
            f"{path}: {args.format} needs pictures to calibrate on; name a few hundred of the kind"
            " that the camera will see with --representative, a folder or .npz"
        )
    return of_model(path, args)


def of_run(run: Run) -> Subject:
    """The subject that a run folder describes; DataError for a damaged one."""
    source = ModelSource(run.model)
    facts, spec = examine(source), run.spec
    found = (facts.height, facts.width, facts.channels, facts.classes)
    stated = (spec.height, spec.width, spec.channels, len(run.labels))
    if found != stated:
        raise DataError(
            f"{run.model}: turns {found[:3]} into {found[3]} classes, but run.json and labels.txt"
            f" say {stated[:3]} into {stated[3]}; copy the run folder again"
        )
    return Subject(
        name=str(run.record["data"]["name"]),
        source=source,
        labels=run.labels,
        spec=spec,
        record=run.record,
        calibration=run.pictures("calibration"),
        validation=run.pictures("validation"),
        test=run.pictures("test"),
    )


def of_model(path: Path, args: Namespace) -> Subject:
    """The subject of a model that comes alone, with what the arguments add to it.

    Half of the ``--test`` pictures, by the seed and alike in each class, fit temperature and
    threshold; the others judge.
    """
    labels = read_labels_file(args.labels)
    source = ModelSource(path, normalization(args))
    facts = examine(source)
    _tell(path, facts, args)
    labels = match_labels(labels, facts.classes, str(args.labels))
    spec = FrameToInput(facts.width, facts.height, facts.channels, args.crop or "center")
    validation, test = None, None
    if args.test is not None:
        validation, test = halves(_held_out(args.test, labels, spec), args.seed)
    pool = None
    if args.representative is not None:
        pool = read_pool(args.representative, labels, spec)
    return Subject(path.stem, source, labels, spec, None, pool, validation, test)


def _tell(path: Path, facts: ModelFacts, args: Namespace) -> None:
    """Say what was added to the model, and what its normalisation makes doubtful."""
    if facts.gave_logits:
        print(f"{path}: gives logits; a softmax is added")
    is_stated = args.rescale is not None or args.mean is not None
    if not is_stated and not facts.scales_pixels:
        print_warning(
            f"{path}: nothing at its front normalises pixels; if it was trained on other numbers"
            " than 0 to 255, its answers will be wrong: say so with --rescale 0..1 or -1..1 or"
            " --mean and --std, and --rescale 0..255 when it was not"
        )
    if is_stated and args.rescale != "0..255" and facts.scales_pixels:
        print_warning(
            f"{path}: normalises pixels itself, and --rescale, --mean and --std do it once more;"
            " leave them out unless it was trained that way"
        )


def _held_out(path: Path, labels: tuple[str, ...], spec: FrameToInput) -> Pictures:
    pictures = read_pool(path, labels, spec, held_out=True)
    if (pictures.class_ids < 0).any():
        raise DataError(
            f"{path}: holds pictures without their class; to be judged on, each must lie in a"
            " folder with its label's name, or have its number in y_test"
        )
    return pictures
