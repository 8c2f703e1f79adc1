"""Put the measured tables into docs/training-results.md: python -m benchmarks.training.page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.marks import replaced
from benchmarks.training import imbalance, options, seeds, textbook
from benchmarks.training.command import RESULTS
from benchmarks.training.reaching import reaching_table
from benchmarks.training.results import Results, machine_name, read_results
from edge.atomic import replace_file
from edge.cli import run_command
from edge.errors import DataError

PAGE = Path("docs/training-results.md")
_TABLES: dict[str, Callable[[Results], str]] = {
    options.KIND: options.table,
    textbook.KIND: lambda results: f"{textbook.table(results)}\n{reaching_table(results)}",
    imbalance.KIND: imbalance.table,
    seeds.KIND: seeds.table,
}


def run(args: argparse.Namespace) -> None:
    """Fill the page from the files; DataError where it lacks the place of a table."""
    if not args.page.is_file():
        raise DataError(f"{args.page}: no such page; name docs/training-results.md with --page")
    text = args.page.read_text("utf-8")
    found: dict[str, list[Results]] = {kind: [] for kind in _TABLES}
    for path in sorted(args.results.glob("training-*.json")):
        results = read_results(path)
        if results.kind in found:
            found[results.kind].append(results)
    for kind, measured in found.items():
        text = filled(text, kind, measured, str(args.page))
    with replace_file(args.page) as stream:
        stream.write(text.encode())
    print(f"{args.page}: {sum(map(len, found.values()))} files of figures")


def filled(text: str, kind: str, measured: Sequence[Results], page: str) -> str:
    """``text`` with the tables of ``kind`` between its two marks; DataError without those."""
    tables = [f"{_TABLES[kind](one).strip()}\n\n{_measured_on(one)}" for one in measured]
    return replaced(text, kind, "\n\n".join(tables) or "Not measured yet.", page)


def _measured_on(results: Results) -> str:
    machines = results.machines() or {machine_name({}): []}
    where = [
        f"{name} (seed {', '.join(map(str, sorted(set(seeds))))})" if len(machines) > 1 else name
        for name, seeds in machines.items()
    ]
    timed = results.about.get("timed_on")
    if timed and [machine_name(timed)] != list(machines):
        where.append(f"`invoke()` on {machine_name(timed)}")
    return f"Measured on: {'; '.join(where)}. Figures: `{results.path.name}`."


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training.page",
        description="Put the measured tables into the page of results.",
    )
    parser.add_argument("--page", type=Path, default=PAGE, help="default %(default)s")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of training-*.json")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
