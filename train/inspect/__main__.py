"""See what is in the data before anyone trains: python -m train.inspect --data FOLDER."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.atomic import replace_file
from edge.cli import run_command
from edge.errors import UsageError

try:
    from train.data.names import NAMES
    from train.data.options import check_seed
    from train.data.source import pictures_of
    from train.data.told import told_before_errors
    from train.inspect.inspection import inspect
    from train.inspect.report.folder import PAGE, check_writable, write_folder
    from train.inspect.report.record import record
    from train.inspect.report.terminal import summary
    from train.inspect.survey import survey
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name}: not installed; pip install -r requirements-train.txt")

_SIZE, _MOST = 224, 6000


def run(args: argparse.Namespace) -> None:
    """Look at every picture, tell what was found, and leave a folder with the report."""
    check_seed(args.seed)
    if args.size < 1 or args.most < 0:
        raise UsageError("--most: must be 0 or more, and --size 1 or more")
    listing = pictures_of(args.data)
    out = args.out or Path("inspect-" + re.sub(r"[^\w.-]+", "-", listing.name))
    check_writable(out)
    if args.json:
        check_writable(args.json.parent)
    with told_before_errors(listing.skipped, listing.notes):
        surveyed = survey(listing, args.data, size=args.size, seed=args.seed, most=args.most)
    inspection = inspect(surveyed, args.seed)
    write_folder(out, inspection)
    if args.json:
        with replace_file(args.json) as stream:
            stream.write(record(inspection))
    for line in summary(inspection):
        print(line)
    print(f"report: {out / PAGE}")


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m train.inspect."""
    parser = argparse.ArgumentParser(
        prog="python -m train.inspect",
        description="Tell and draw what is in a data set: counts, sizes, copies, doubtful labels.",
    )
    add = parser.add_argument
    add("--data", required=True,
        help=f"a folder of class folders, an .npz file, or one of {', '.join(NAMES)}")  # fmt: skip
    add("--out", type=Path, metavar="FOLDER",
        help="where the report and its pictures go (default inspect-NAME)")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write report.json here, too")
    add("--size", type=int, default=_SIZE, metavar="N",
        help="side in pixels that photos get in a training (default %(default)s)")  # fmt: skip
    add("--most", type=int, default=_MOST, metavar="N",
        help="check the labels of so many pictures, drawn by lot; 0: of none, which is quick"
        " (default %(default)s)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N",
        help="of what is drawn by lot (default %(default)s)")  # fmt: skip
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
