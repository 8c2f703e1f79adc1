"""convert.arguments: what the command line says, and where it contradicts itself."""

from __future__ import annotations

import pytest

from convert.arguments import check, normalization, parse
from convert.source import Normalization
from edge.errors import UsageError


@pytest.mark.parametrize(
    "options, expected",
    [
        ([], None),
        (["--rescale", "0..255"], None),
        (["--rescale", "0..1"], Normalization((0.0,), (255.0,))),
        (["--rescale", "-1..1"], Normalization((127.5,), (127.5,))),
        (["--rescale=-1..1", "m.h5"], Normalization((127.5,), (127.5,))),
        (["--mean", "120", "--std", "60"], Normalization((120.0,), (60.0,))),
        (["--mean=1,2,3", "--std", "4,5,6"], Normalization((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))),
    ],
)
def test_normalisation_is_in_pixels(options, expected):
    assert normalization(parse(options)) == expected


def test_minus_one_to_one_is_what_zero_and_white_become():
    wanted = normalization(parse(["--rescale", "-1..1"]))
    assert [(pixel - wanted.mean[0]) / wanted.std[0] for pixel in (0, 255)] == [-1, 1]


@pytest.mark.parametrize(
    "options, told",
    [
        ("--rescale 0..1 --mean 3", "--rescale: says the same as --mean and --std"),
        ("--mean 3", "--mean and --std: each needs the other"),
        ("--std 3", "--mean and --std: each needs the other"),
        (
            "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
            r"--std: pixels run from 0 to 255; give 58\.395,57\.12,57\.375 \(and --mean",
        ),
    ],
)
def test_contradictions_are_told(options, told):
    with pytest.raises(UsageError, match=told):
        normalization(parse(options.split()))


@pytest.mark.parametrize(
    "options, told",
    [
        ("m.h5 --run runs/a", "--run: a model is named already"),
        ("m.h5 --format dynamic --io int8", "input and output of a dynamic file are float32"),
        ("--samples 0", "--samples: needs at least 1 picture"),
        ("--seed -1", "--seed: from 0 to 4294967295"),
        ("--no-bias-correction --format dynamic", "nothing is corrected in a dynamic file"),
        ("--no-bias-correction --rescue", "--rescue corrects the biases of all that it tries"),
    ],
)
def test_what_makes_no_sense_is_told(options, told):
    with pytest.raises(UsageError, match=told):
        check(parse(options.split()))


@pytest.mark.parametrize("option", ["--mean=a", "--mean=-1", "--std=0", "--std=inf", "--mean="])
def test_numbers_that_are_none_are_wrong_usage(option, capsys):
    with pytest.raises(SystemExit) as exit_:
        parse([option])
    assert exit_.value.code == 2
    assert f"argument {option.split('=')[0]}" in capsys.readouterr().err
