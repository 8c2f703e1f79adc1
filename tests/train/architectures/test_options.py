"""train.architectures.options: a network's form from the command line."""

from __future__ import annotations

import argparse

import pytest

from edge.errors import UsageError
from train.architectures.dense import DenseNet
from train.architectures.options import add_network_options, plain_net_of
from train.architectures.plain import NETS, PlainNet


def parsed(*options):
    parser = argparse.ArgumentParser()
    add_network_options(parser)
    return parser.parse_args(options)


@pytest.mark.parametrize("default", [*NETS.values(), DenseNet()])
def test_nothing_given_is_the_default(default):
    assert plain_net_of(parsed(), default) == default


def test_every_field_has_its_option():
    args = parsed(
        *("--widths", "8,16", "--dense", "32,20", "--activation", "tanh", "--pooling", "average"),
        *("--batch-norm", "--residual", "--depth", "2"),
    )
    expected = PlainNet((8, 16), (32, 20), "tanh", "average", True, True, 2)
    assert plain_net_of(args, NETS["wide-cnn"]) == expected


def test_what_a_default_has_can_be_taken_away():
    default = PlainNet(batch_norm=True, residual=True)
    net = plain_net_of(parsed("--no-batch-norm", "--no-residual", "--dense", "none"), default)
    assert (net.batch_norm, net.residual, net.dense) == (False, False, ())


@pytest.mark.parametrize(
    "option", ["--widths 8", "--pooling max", "--depth 2", "--residual", "--no-residual"]
)
def test_a_dense_net_refuses_what_is_for_convolutions(option):
    name = option.split()[0].replace("--no-", "--")
    with pytest.raises(UsageError, match=f"{name}: means nothing to a net without convolutions"):
        plain_net_of(parsed(*option.split()), DenseNet())


def test_values_that_make_no_net_are_refused():
    with pytest.raises(UsageError, match="--depth: must be from 1 to 16"):
        plain_net_of(parsed("--depth", "0"), PlainNet())
    with pytest.raises(UsageError, match="--dense: needs numbers from 1"):
        plain_net_of(parsed("--dense", "0"), DenseNet())


@pytest.mark.parametrize("option", ["--widths 8,x", "--widths none", "--dense 8;9", "--depth 1.5"])
def test_what_is_no_number_is_wrong_usage(option, capsys):
    with pytest.raises(SystemExit) as exit_:
        parsed(*option.split())
    assert exit_.value.code == 2
    assert option.split()[0] in capsys.readouterr().err.splitlines()[-1]
