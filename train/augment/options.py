"""The options of a command that changes training pictures, and the policy that they ask for."""

from __future__ import annotations

import argparse

from train.augment.policy import FLIPS, POLICIES, Policy, is_whole, numbers, option_of


def add_policy_options(parser: argparse.ArgumentParser) -> None:
    """``--augment NAME``, and an option for every single change of the policy."""
    group = parser.add_argument_group(
        "augmentation",
        "random changes to training pictures: the largest strength of each, 0 for off; lengths are"
        " 32nds of the picture's shorter side, a factor of 0.2 is one from 0.8 to 1.2",
    )
    group.add_argument(
        "--augment", choices=tuple(POLICIES), metavar="NAME",
        help=f"a whole policy: {', '.join(POLICIES)}; the options below change it",
    )  # fmt: skip
    flips = group.add_mutually_exclusive_group()
    flips.add_argument("--flip", choices=FLIPS, help="mirror pictures: left-right, up-down or both")
    flips.add_argument(
        "--no-flip", action="store_const", const="none", dest="flip",
        help="do not mirror pictures (digits, letters)",
    )  # fmt: skip
    for number in numbers():
        group.add_argument(
            option_of(number.name), type=int if is_whole(number) else float, metavar="N",
            help=number.metadata["help"],
        )  # fmt: skip


def policy_of(args: argparse.Namespace, default: Policy) -> Policy:
    """The policy that the options ask for; UsageError when it changes no picture in a sane way.

    ``default`` is what a command without ``--augment`` starts from.
    """
    named = default if args.augment is None else POLICIES[args.augment]
    given = {number.name: getattr(args, number.name) for number in numbers()}
    policy = named.replace(flip=args.flip, **given)
    policy.check()
    return policy
