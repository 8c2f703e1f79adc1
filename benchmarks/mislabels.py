"""How many wrong labels python -m train.inspect finds: flip some, look, count.

python benchmarks/mislabels.py --data FOLDER --seeds 3 --sheet surest.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# Run as a file, Python looks for modules in benchmarks/ alone.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from edge.atomic import replace_file
from edge.cli import run_command
from edge.errors import DataError, UsageError
from train.data.source import pictures_of
from train.inspect.checks import labels
from train.inspect.finding import Finding
from train.inspect.inspection import scenes_of
from train.inspect.report.sheets import draw_sheet, encoded, finding_items
from train.inspect.survey import Survey, survey

_FIRST = 24  # what a person looks at first
_SIZE = 224


@dataclass(frozen=True)
class Found:
    """How the list of one seed compares with what was flipped."""

    flipped: int
    listed: int
    first_right: float  # share of the first 24 that were flipped
    precision: float  # share of the list that was flipped
    recall: float  # share of the flipped labels that is in the list
    named: float  # share of the flipped ones in the list whose true class is suggested
    agreement: float

    def __str__(self) -> str:
        return (
            f"{self.flipped} flipped, {self.listed} listed: {self.first_right:.0%} of the first"
            f" {_FIRST}, {self.precision:.0%} of all listed were flipped; {self.recall:.0%} of the"
            f" flipped are listed, {self.named:.0%} of them with their true class; the classifier"
            f" agrees with {self.agreement:.1%} of all labels"
        )


def run(args: argparse.Namespace) -> None:
    """One line a seed, and the means."""
    if not 0 < args.share < 1 or args.seeds < 1:
        raise UsageError("--share: must be between 0 and 1, and --seeds 1 or more")
    surveyed = survey(pictures_of(args.data), args.data, size=_SIZE, seed=0, most=args.most)
    scene_ids = scenes_of(surveyed)
    rows = []
    for seed in range(args.seeds):
        flipped = flip(surveyed, args.share, seed)
        asked = labels.check_labels(flipped, scene_ids, seed)
        if asked is None:
            raise DataError(f"{args.data}: too few pictures a class to check labels")
        rows.append(compare(surveyed, flipped, asked))
        print(f"seed {seed}: {rows[-1]}", flush=True)
        if args.sheet and seed == 0:
            (finding,) = labels.check(flipped, asked)
            _write_sheet(args.sheet, flipped, finding)
    print(
        f"{surveyed.name}, {len(surveyed.described):,} pictures, {len(rows)} seeds; means, spread:"
    )
    for name in ("first_right", "precision", "recall", "named", "agreement"):
        values = [getattr(row, name) for row in rows]
        print(f"  {name:12}{np.mean(values):.1%}  ({min(values):.1%} to {max(values):.1%})")


def flip(survey: Survey, share: float, seed: int) -> Survey:
    """The same pictures; ``share`` of the described ones under another label, drawn by lot."""
    rng = np.random.default_rng(seed)
    described = survey.described
    wrong = rng.choice(described, max(1, round(share * len(described))), replace=False)
    looks = list(survey.looks)
    for position in wrong:
        step = int(rng.integers(1, len(survey.labels)))
        class_id = (looks[position].class_id + step) % len(survey.labels)
        looks[position] = replace(looks[position], class_id=class_id)
    return replace(survey, looks=tuple(looks))


def compare(truth: Survey, flipped: Survey, asked: labels.LabelCheck) -> Found:
    """The list against what was flipped."""
    wrong: NDArray[np.bool_] = truth.class_ids != flipped.class_ids
    found = asked.mislabels
    hits = wrong[found.positions]
    named = found.suggested[hits] == truth.class_ids[found.positions[hits]]
    return Found(
        flipped=int(wrong.sum()),
        listed=len(hits),
        first_right=float(hits[:_FIRST].mean()) if len(hits) else 0.0,
        precision=float(hits.mean()) if len(hits) else 0.0,
        recall=float(hits.sum() / wrong.sum()),
        named=float(named.mean()) if hits.any() else 0.0,
        agreement=found.agreement,
    )


def _write_sheet(path: Path, survey: Survey, finding: Finding) -> None:
    items = finding_items(survey, finding, _FIRST)
    with replace_file(path) as stream:
        stream.write(encoded(draw_sheet(f"{survey.name}: labels in doubt", items), "PNG"))


def build_parser() -> argparse.ArgumentParser:
    """The command line of benchmarks/mislabels.py."""
    parser = argparse.ArgumentParser(prog="benchmarks/mislabels.py", description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="a data set whose labels are right, or nearly so")
    add("--share", type=float, default=0.05, help="of the labels to flip (default %(default)s)")
    add("--seeds", type=int, default=3, metavar="N", help="so many times (default %(default)s)")
    add("--most", type=int, default=6000, metavar="N", help="pictures (default %(default)s)")
    add("--sheet", type=Path, metavar="FILE", help="draw the first 24 of seed 0 (.png)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
