"""What each option of a training is worth: python -m benchmarks.training.options --data FILE.npz.

Every option is tried alone against a small base recipe, on a fixed part of the training pictures
and all test pictures, with several seeds; differences are paired by seed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.training import paired
from benchmarks.training.command import RESULTS, add_common, check_common, end, fill
from benchmarks.training.job import Job
from benchmarks.training.paired import Row
from benchmarks.training.results import Results
from benchmarks.training.subset import subset
from benchmarks.training.variants import BASES, Base, Variant
from edge.cli import run_command

KIND = "options"
_COLUMNS = (
    "| options | accuracy (range) | difference, points (95 % CI) | n | what that shows |"
    " CPU time an epoch | of the training |\n|---|---|---|---|---|---|---|"
)


def run(args: argparse.Namespace) -> int:
    """Train what is missing, print the table."""
    check_common(args, [name for base in args.bases for name in _rows(BASES[base])])
    results = Results(args.json, KIND)
    failed = 0
    if not args.table:
        data = subset(args.data, args.pictures, args.work)
        results.about["pictures"] = args.pictures
        failed = fill(results, jobs(data, args), args.work, keep=args.keep)
    print(table(results))
    return end(failed)


def jobs(data: Path, args: argparse.Namespace) -> list[Job]:
    """The trainings, all of one seed before the next: a table of one seed is there early.

    Each base is trained whatever --only says, for without it there is no difference.
    """
    found = []
    for seed in args.seeds:
        for base in (BASES[name] for name in args.bases):
            tried = [Variant(base.name, ()), *_named(base)]
            for variant in tried:
                if args.only and variant.name not in (base.name, *args.only):
                    continue
                found.append(Job(variant.name, seed, str(data), base.options + variant.options))
    return found


def table(results: Results) -> str:
    """The rows as a Markdown table a base."""
    parts = []
    for base in BASES.values():
        rows = [row for row in results.rows if row["row"] in _rows(base)]
        if rows:
            parts.append(f"\n**On {base.tells}:**\n\n{_COLUMNS}\n{_base_line(base, rows)}")
            for group, variants in base.groups.items():
                lines = [_line(base, variant, rows) for variant in variants]
                if any(lines):
                    parts.append("\n".join([f"| *{group}* | | | | | | |", *filter(None, lines)]))
    return "\n".join(parts)


def _base_line(base: Base, rows: Sequence[Row]) -> str:
    accuracy = paired.seeds_of(rows, base.name, top1)
    if not accuracy.values:
        return f"| {base.name} | not measured yet | | | | | |"
    seconds = paired.seeds_of(rows, base.name, _epoch_cost).mean
    whole = paired.seeds_of(rows, base.name, _cost).mean
    return (
        f"| (nothing) | {accuracy.share()} | | {len(accuracy.values)} | | {seconds:.1f} s |"
        f" {whole:.0f} s |"
    )


def _line(base: Base, variant: Variant, rows: Sequence[Row]) -> str | None:
    """The row of one variant; None where it was not measured."""
    name = _row_name(base, variant)
    gain = paired.differences(rows, name, base.name, top1)
    if gain is None:
        return None
    accuracy = paired.seeds_of(rows, name, top1)
    epoch = ratio(rows, name, base.name, _epoch_cost)
    whole = ratio(rows, name, base.name, _cost)
    return (
        f"| `{' '.join(variant.options)}` | {accuracy.share()} | {gain.points()} |"
        f" {len(gain.values)} | {gain.verdict()} | {epoch} | {whole} |"
    )


def ratio(rows: Sequence[Row], name: str, base: str, figure: paired.Figure) -> str:
    """The means' ratio, over all seeds of each."""
    over = paired.seeds_of(rows, name, figure).mean / paired.seeds_of(rows, base, figure).mean
    return f"x {over:.2f}"


def top1(row: Row) -> float:
    """The float network's accuracy on the test pictures."""
    return float(row["float"]["top1"])


def _epoch_cost(row: Row) -> float:
    return float(row["epoch_cpu_seconds"])


def _cost(row: Row) -> float:
    return float(row["cpu_seconds"])


def _named(base: Base) -> list[Variant]:
    return [Variant(_row_name(base, variant), variant.options) for variant in base.variants()]


def _row_name(base: Base, variant: Variant) -> str:
    return f"{base.name}-{variant.name}"


def _rows(base: Base) -> list[str]:
    return [base.name, *(variant.name for variant in _named(base))]


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training.options",
        description="Try each option of python -m train alone against a small recipe.")  # fmt: skip
    add = parser.add_argument
    add("--data", type=Path, default=Path("cifar10.npz"), metavar="FILE", help="an .npz file")
    add("--pictures", type=int, default=5_000, metavar="N",
        help="of the training part, drawn once (default %(default)s)")  # fmt: skip
    add("--bases", nargs="+", choices=tuple(BASES), default=list(BASES), help="default: all")
    add_common(parser, RESULTS / "training-options.json")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
