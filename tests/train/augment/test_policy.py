"""train.augment.policy and options: values that speak for themselves, are refused."""

from __future__ import annotations

import argparse

import pytest

from edge.errors import UsageError
from train.augment.options import add_policy_options, policy_of
from train.augment.policy import POLICIES, Policy, is_whole, numbers, option_of


def from_options(*options, default=POLICIES["basic"]):
    parser = argparse.ArgumentParser()
    add_policy_options(parser)
    return policy_of(parser.parse_args(options), default)


@pytest.mark.parametrize("name", POLICIES)
def test_named_policies_are_sane(name):
    POLICIES[name].check()


def test_digits_are_never_mirrored():
    assert POLICIES["digits"].flip == "none"


def test_a_summary_tells_what_is_on():
    assert Policy().summary() == "no changes"
    assert POLICIES["basic"].summary() == "flips left-right, shifts of 3/32 of the side"
    rare = Policy(noise=8, brightness=0.2, probability=0.5)
    assert rare.summary() == ("brightness +-20%, noise of sigma 8 (from lens to JPEG each for 50%)")
    assert Policy(rotate=5, probability=0.5).summary() == "turned by +-5 degrees"


@pytest.mark.parametrize("number", numbers(), ids=lambda number: number.name)
@pytest.mark.parametrize("value", [-1, 1000, float("nan"), "3", True, None], ids=repr)
def test_values_out_of_range_are_refused_by_the_name_of_their_option(number, value):
    with pytest.raises(UsageError, match=option_of(number.name)) as caught:
        Policy(**{number.name: value}).check()
    assert "\n" not in str(caught.value)


def test_whole_numbers_only_where_halves_mean_nothing():
    with pytest.raises(UsageError, match="--shift: must be a whole number from 0 to 31"):
        Policy(shift=2.5).check()
    with pytest.raises(UsageError, match="--flip: 'diagonal' is none of"):
        Policy(flip="diagonal").check()


def test_options_start_from_the_default_or_the_named_policy():
    assert from_options() == POLICIES["basic"]
    assert from_options("--augment", "camera") == POLICIES["camera"]
    assert from_options(default=Policy(erase=4)) == Policy(erase=4)
    assert from_options("--no-flip", "--shift", "1") == Policy(shift=1)
    changed = from_options("--augment", "digits", "--noise", "8", "--rotate", "0")
    assert changed == POLICIES["digits"].replace(noise=8.0, rotate=0.0)


def test_every_number_has_its_option():
    for number in numbers():
        value = "1" if is_whole(number) else "0.5"
        policy = from_options(option_of(number.name), value, default=Policy())
        assert getattr(policy, number.name) == float(value)


def test_options_that_cannot_be_are_refused():
    with pytest.raises(UsageError, match="--noise: must be a number from 0 to 128"):
        from_options("--noise", "1000")
    with pytest.raises(SystemExit):
        from_options("--flip", "both", "--no-flip")
