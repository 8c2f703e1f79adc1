"""Split a data set for benchmarks/unknowns.py: python benchmarks/hold_out.py DATA.npz CLASS ...

Leaves DATA.npz's other classes in known.npz, as python -m train takes it, and the pictures of the
named ones, which the training then never sees, in unknown.npz.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Run as a file, Python finds only benchmarks/ by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edge.arrays import read_arrays, write_arrays
from edge.cli import run_command
from edge.errors import DataError, UsageError
from edge.labels import read_labels_file

_KEYS = ("x_train", "y_train", "x_test", "y_test")
_PARTS = ("train", "test")


def run(args: argparse.Namespace) -> None:
    """Write both files and say what is in them."""
    arrays = read_arrays(args.data, _KEYS, f"it needs the arrays {', '.join(_KEYS)}")
    labels = _labels(arrays, args)
    for name in args.classes:
        if name not in labels:
            raise UsageError(f"{name}: no class of {args.data}; it has {', '.join(labels)}")
    if len(set(labels) - set(args.classes)) < 2:
        raise UsageError(f"{args.data}: leave two classes or more for the training")
    known, unknown = split(arrays, labels, args.classes)
    write_arrays(args.output / "known.npz", known)
    write_arrays(args.output / "unknown.npz", unknown)
    pictures = len(known["x_train"]) + len(known["x_test"])
    print(f"{args.output / 'known.npz'}: {len(known['labels'])} classes, {pictures:,} pictures")
    print(f"{args.output / 'unknown.npz'}: {len(unknown['pixels']):,} pictures")
    print(f"next: python -m train --data {args.output / 'known.npz'}")


def split(
    arrays: dict[str, NDArray[Any]], labels: Sequence[str], held_out: Sequence[str]
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """The data set without the ``held_out`` classes, numbered anew, and those classes' test part.

    ``arrays`` are x_train, y_train, x_test, y_test; the first dictionary has the same and
    ``labels``, the second ``pixels`` and ``class_ids`` (numbers of ``labels``).
    """
    kept = [class_id for class_id, label in enumerate(labels) if label not in held_out]
    new_id = np.full(len(labels), -1)
    new_id[kept] = np.arange(len(kept))
    known: dict[str, NDArray[Any]] = {"labels": np.array([labels[i] for i in kept])}
    for part in _PARTS:
        class_ids = new_id[arrays[f"y_{part}"].reshape(-1)]
        known[f"x_{part}"] = arrays[f"x_{part}"][class_ids >= 0]
        known[f"y_{part}"] = class_ids[class_ids >= 0]
    truth = arrays["y_test"].reshape(-1)
    strange = new_id[truth] < 0
    return known, {"pixels": arrays["x_test"][strange], "class_ids": truth[strange]}


def _labels(arrays: dict[str, NDArray[Any]], args: argparse.Namespace) -> tuple[str, ...]:
    """One name a class: from --labels, else from the file, else the numbers."""
    for part in _PARTS:
        if len(arrays[f"x_{part}"]) != arrays[f"y_{part}"].size:
            raise DataError(f"{args.data}: y_{part} must hold one class a picture of x_{part}")
    class_ids = np.concatenate([arrays[f"y_{part}"].reshape(-1) for part in _PARTS])
    if not np.issubdtype(class_ids.dtype, np.integer) or len(class_ids) == 0 or class_ids.min() < 0:
        raise DataError(f"{args.data}: y_train and y_test must be class numbers, 0 or more")
    classes = int(class_ids.max()) + 1
    if args.labels is not None:
        labels = read_labels_file(args.labels)
    elif "labels" in arrays:
        labels = tuple(map(str, arrays["labels"].reshape(-1)))
    else:
        labels = tuple(map(str, range(classes)))
    if len(labels) < classes:
        raise DataError(
            f"{args.labels or args.data}: {len(labels)} labels for {classes} classes; name each one"
        )
    return labels


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/hold_out.py."""
    parser = argparse.ArgumentParser(
        prog="python benchmarks/hold_out.py",
        description="Take classes out of a data set, to be shown to the model as unknown later.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("data", type=Path, help=".npz file with the arrays x_train, y_train, x_test, y_test")
    add("classes", nargs="+", metavar="CLASS", help="name of a class to take out")
    add("--labels", type=Path, help="text file with a class name a line, for data without names")
    add("--output", type=Path, default=Path("held_out"), help="folder for both files")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
