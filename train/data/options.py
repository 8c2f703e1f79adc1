"""The options of a command that say how pictures are divided."""

from __future__ import annotations

import argparse

from edge.errors import UsageError
from train.data.split import Shares

_SEEDS = 2**32  # what NumPy and TensorFlow take alike


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """--test-share, --validation-share and --whole-groups."""
    add = parser.add_argument_group("division of the pictures").add_argument
    add("--test-share", type=float, default=Shares().test, metavar="F",
        help="of every class, to judge by, where the data bring no test part"
        " (default 0.2)")  # fmt: skip
    add("--validation-share", type=float, metavar="F",
        help="of every class, to choose the best epoch by (default 0.1; at most 2,000 pictures of"
        " data that bring a test part)")  # fmt: skip
    add("--whole-groups", action="store_true",
        help="never divide a group, of labels.csv or of folders inside the class folders: judges"
        " on places or days that were not learned from")  # fmt: skip


def check_seed(seed: int) -> None:
    """Raise UsageError for a seed that not every library takes."""
    if not 0 <= seed < _SEEDS:
        raise UsageError(f"--seed: must be from 0 to {_SEEDS - 1}")


def shares_of(args: argparse.Namespace) -> Shares:
    """What the options say; UsageError when it leaves too little to learn from."""
    shares = Shares(args.test_share, args.validation_share, args.whole_groups)
    shares.check()
    return shares
