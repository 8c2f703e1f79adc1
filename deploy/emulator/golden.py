"""Runs in the guest: how far each runtime is from the golden frames of the shipped models.

python -m deploy.emulator.golden FOLDER RUNTIME; exits with 3 beyond a model's tolerance.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.classifier import Classifier
from edge.cli import NOT_PASSED, run_command
from edge.errors import DataError


def run(args: argparse.Namespace) -> int:
    """One line a model; the exit code."""
    models = sorted(args.folder.glob("*.tflite"))
    if not models:
        raise DataError(f"{args.folder}: no .tflite file in it; name another folder")
    within = True
    for path in models:
        classifier = Classifier(path, runtime=args.runtime, check_golden=False)
        card = classifier.card
        if card is None or not card.golden:
            raise DataError(f"{path}: has no golden frames; convert it again")
        difference = classifier.verify_golden()
        within &= difference <= card.golden_tolerance
        print(
            f"{path.name}: {difference:.4f} from {len(card.golden)} golden frames, "
            f"{card.golden_tolerance:g} allowed"
        )
    return 0 if within else NOT_PASSED


def build_parser() -> argparse.ArgumentParser:
    """The arguments, by position."""
    parser = argparse.ArgumentParser(prog="python -m deploy.emulator.golden", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("runtime")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Compare; returns the exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
