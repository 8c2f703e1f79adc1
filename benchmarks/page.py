"""Put measured tables into docs/: python -m benchmarks.page.

docs/peers.md gets those of benchmarks/peers.py, docs/install-weight.md those of
benchmarks/install_weight.py, from the files that lie in benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.comparison import table as comparison
from benchmarks.marks import replaced
from benchmarks.training.command import RESULTS
from benchmarks.weight import table as weight
from edge.atomic import replace_file
from edge.cli import run_command
from edge.errors import DataError


@dataclass(frozen=True)
class Place:
    """Where the tables of one command go."""

    page: str  # in docs/
    name: str  # of the marks
    files: str  # in benchmarks/results/
    table: Callable[[Mapping[str, Any]], str]


PLACES = (
    Place("peers.md", "peers", "peers_*.json", comparison.table),
    Place("install-weight.md", "install-weight", "install_weight_*.json", weight.table),
)


def run(args: argparse.Namespace) -> None:
    """Fill each page; DataError where one, or the place of its table, is missing."""
    for place in PLACES:
        page = args.docs / place.page
        if not page.is_file():
            raise DataError(f"{page}: no such page; name the folder of pages with --docs")
        paths = sorted(args.results.glob(place.files))
        tables = [f"{place.table(_read(path))}\n\nFigures: `{path.name}`." for path in paths]
        inside = "\n\n".join(tables) or "Not measured yet."
        text = replaced(page.read_text("utf-8"), place.name, inside, str(page))
        with replace_file(page) as stream:
            stream.write(text.encode())
        print(f"{page}: {len(paths)} files of figures")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove it to measure anew") from error
    if not isinstance(found, dict) or found.get("format") != 1:
        raise DataError(f"{path}: no figures that this command knows; measure them anew")
    return found


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.page", description="Put measured tables into docs/."
    )
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="default %(default)s")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the figures")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
