"""One recipe with several seeds, as int8 files: python -m benchmarks.training.seeds --preset P.

python -m benchmarks.training.seeds --preset smallest --taught-by default --data cifar10.npz
python -m benchmarks.training.seeds --name trashnet-mobilenet --data trashnet \\
    -- --architecture mobilenet-v2 --size 224 --weights FILE

Trains, converts and judges each seed; prints mean and range of what counts, and every seed's row.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from benchmarks.training import paired
from benchmarks.training.command import RESULTS, add_common, check_common, end, fill
from benchmarks.training.job import Job
from benchmarks.training.paired import Figure, Row
from benchmarks.training.results import Results
from edge.cli import run_command
from edge.errors import UsageError

KIND = "seeds"
_OF_DATA = ("--size", "--labels", "--test-share", "--validation-share")  # with a value each
_USUAL_CONVERSION = ["--quick"]
_COLUMNS = (
    "| seed | int8 top-1 (95 % CI) | float top-1 | macro recall, int8 | float | flatbuffer | file |"
    " minutes | CPU minutes |\n|---|---|---|---|---|---|---|---|---|"
)


def run(args: argparse.Namespace) -> int:
    """Train what is missing, print the table."""
    name = args.name or "-".join(filter(None, (args.preset, Path(args.data).stem)))
    check_common(args, [name])
    results = Results(args.json or RESULTS / f"training-{name}.json", KIND)
    failed = 0
    if not args.table:
        failed = fill(results, jobs(name, args), args.work, keep=args.keep)
    print(table(results))
    return end(failed)


def jobs(name: str, args: argparse.Namespace) -> list[Job]:
    """A training and a conversion a seed."""
    options = ("--preset", args.preset) if args.preset else ()
    if not args.preset and not args.training:
        raise UsageError("--preset: name one, or give options of python -m train behind --")
    conversion = tuple(shlex.split(args.convert))
    found = []
    for seed in args.seeds:
        teacher = None
        if args.taught_by:
            taught = ("--preset", args.taught_by, *_of_data(args.training))
            teacher = Job(args.taught_by, seed, args.data, taught, conversion)
        job = Job(name, seed, args.data, (*options, *args.training), conversion, teacher)
        found.append(job)
    return found


def _of_data(words: Sequence[str]) -> list[str]:
    """Those of ``words`` that decide the pictures: a teacher has to learn from the same ones."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _OF_DATA:
            found += [word, *islice(rest, 1)]
        elif word == "--whole-groups" or word.partition("=")[0] in _OF_DATA:
            found.append(word)
    return found


def table(results: Results) -> str:
    """The rows as Markdown: each seed, then mean and range."""
    rows = sorted(results.rows, key=lambda row: int(row["seed"]))
    parts = []
    for name in paired.names_of(rows):
        chosen = [row for row in rows if row["row"] == name]
        command = " ".join((*chosen[0]["options"], "--data", chosen[0]["data"]))
        if "teacher" in chosen[0]:
            command += f" --teacher RUN, a run of {' '.join(chosen[0]['teacher'])}"
        facts = f"{chosen[0]['parameters']:,} parameters, {chosen[0]['runtime']}"
        facts += "; minutes without the teacher's" if "teacher" in chosen[0] else ""
        if chosen[0]["conversion"] != _USUAL_CONVERSION:
            facts += f"; converted with `{' '.join(chosen[0]['conversion'])}`"
        title = f"\n**{name}** (`{command}`; {facts})\n"
        parts.append("\n".join([title, _COLUMNS, *map(_line, chosen), _mean(chosen)]))
        if len({row.get("recipe") for row in chosen}) > 1:
            parts.append("\nThe preset has changed between these seeds: they are no one recipe's.")
    return "\n".join(parts)


def _line(row: Row) -> str:
    low, high = row["int8"]["ci95"]
    refused = "" if row["passes"] else " (kept aside: lost too much)"
    return (
        f"| {row['seed']} | {row['int8']['top1']:.2%} ({low:.2%} to {high:.2%},"
        f" n = {row['int8']['n']:,}){refused} | {row['float']['top1']:.2%} |"
        f" {row['int8']['macro_recall']:.2%} | {row['float']['macro_recall']:.2%} |"
        f" {row['bytes']['graph']:,} | {row['bytes']['file']:,} | {row['seconds'] / 60:.1f} |"
        f" {row['cpu_seconds'] / 60:.1f} |"
    )


def _mean(rows: Sequence[Row]) -> str:
    def shares(part: str, name: str) -> str:
        return _over(rows, lambda row: float(row[part][name])).share()

    def most(part: str) -> str:
        return f"at most {max(row['bytes'][part] for row in rows):,}"

    minutes = _over(rows, lambda row: float(row["seconds"]) / 60).mean
    cpu_minutes = _over(rows, lambda row: float(row["cpu_seconds"]) / 60).mean
    return (
        f"| mean (range), {len(rows)} {'seeds' if len(rows) > 1 else 'seed'} |"
        f" {shares('int8', 'top1')} | {shares('float', 'top1')}"
        f" | {shares('int8', 'macro_recall')} | {shares('float', 'macro_recall')} |"
        f" {most('graph')} | {most('file')} | {minutes:.1f} | {cpu_minutes:.1f} |"
    )


def _over(rows: Sequence[Row], figure: Figure) -> paired.Seeds:
    return paired.Seeds(tuple(figure(row) for row in rows))


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training.seeds",
        usage="%(prog)s [--preset P] [--data D] [--seeds 0 1 2] [-- OPTIONS OF python -m train]",
        description="Train, convert and judge one recipe with several seeds.",
    )
    add = parser.add_argument
    add("--preset", metavar="P", help="of python -m train")
    add("--taught-by", metavar="P",
        help="a preset that is trained first, and is each seed's teacher")  # fmt: skip
    add("--data", default="cifar10", help="as python -m train takes it")
    add("--name", help="of the table (default: preset and data)")
    add("--convert", default=" ".join(_USUAL_CONVERSION), metavar="OPTIONS",
        help="of convert.quantize, in quotes (default %(default)s)")  # fmt: skip
    add_common(parser, None)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    cut = given.index("--") if "--" in given else len(given)
    args = build_parser().parse_args(given[:cut])
    args.training = tuple(given[cut + 1 :])
    return run_command(run, args)


if __name__ == "__main__":
    sys.exit(main())
