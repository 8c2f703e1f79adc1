"""The options that change how pictures are changed."""

from __future__ import annotations

import argparse
from dataclasses import replace

from train.augment.policy import Policy


def add_policy_options(parser: argparse.ArgumentParser) -> None:
    """One option for each change."""
    add = parser.add_argument_group("augmentation").add_argument
    add("--shift", type=int, metavar="N", help="random shift in 32nds of the picture")
    add("--erase", type=int, metavar="N", help="erased square in 32nds of the picture")
    add("--no-flip", action="store_true", help="do not mirror pictures (digits, letters)")


def policy_of(args: argparse.Namespace, default: Policy) -> Policy:
    """``default`` with what the options change."""
    given = {name: getattr(args, name) for name in ("shift", "erase")}
    changes = {name: value for name, value in given.items() if value is not None}
    if args.no_flip:
        changes["flip"] = "none"
    return replace(default, **changes)
