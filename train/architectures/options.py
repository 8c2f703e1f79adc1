"""The options that give a network another form than its architecture's usual one."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from typing import TypeVar

from edge.errors import UsageError
from train.architectures.dense import DenseNet
from train.architectures.plain import NETS, POOLINGS, PlainNet
from train.architectures.textbook import ACTIVATIONS

_NAMES = tuple(field.name for field in fields(PlainNet))

Net = TypeVar("Net", PlainNet, DenseNet)


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Add one option for each field of PlainNet; one that is not given is None."""
    group = parser.add_argument_group("network", "another form of the chosen --architecture")
    add = group.add_argument
    add("--widths", type=_numbers, metavar="N,N,N", help="filters of each block; its sides halve")
    add("--dense", type=_numbers_or_none, metavar="N,N|none",
        help="units of each hidden dense layer")  # fmt: skip
    add("--activation", choices=ACTIVATIONS, help="behind each convolution and dense layer")
    add("--pooling", choices=POOLINGS, help="of 2x2 pixels at the end of each block")
    switch = argparse.BooleanOptionalAction
    add("--batch-norm", action=switch, help="normalise each layer's outputs over the batch")
    add("--residual", action=switch, help="a shortcut around each block's convolutions")
    add("--depth", type=int, metavar="N", help="convolutions a block")


def plain_net_of(args: argparse.Namespace, default: Net) -> Net:
    """``default`` with what the options change.

    Raises UsageError for an option that the net has no part for, and for values that make no net.
    """
    given = {name: getattr(args, name) for name in _NAMES if getattr(args, name) is not None}
    for name in sorted(given.keys() - {field.name for field in fields(default)}):
        raise UsageError(
            f"--{name.replace('_', '-')}: means nothing to a net without convolutions; leave it"
            f" out, or take --architecture {', '.join(NETS)}"
        )
    net = replace(default, **given)
    net.check()
    return net


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not N,N,N such as 32,64,64") from None


def _numbers_or_none(text: str) -> tuple[int, ...]:
    return () if text == "none" else _numbers(text)
