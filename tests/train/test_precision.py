"""train.precision: bfloat16 only where the processor is faster with it."""

from __future__ import annotations

import time

import keras
import pytest

from train.precision import bfloat16_gain, choose_precision, dtype_policy, read_cpu_flags


def never() -> float:
    raise AssertionError("measured where there is nothing to measure")


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param({"sse2", "avx2", "avx512f"}, id="AVX-512 without bfloat16"),
        pytest.param(set(), id="unknown processor"),
    ],
)
def test_without_units_nothing_is_measured(flags):
    assert choose_precision(frozenset(flags), never) == "float32"


@pytest.mark.parametrize(
    "flag", [pytest.param("avx512_bf16"), pytest.param("amx_bf16"), pytest.param("bf16", id="Arm")]
)
@pytest.mark.parametrize(
    "gain, expected", [(0.6, "float32"), (1.05, "float32"), (1.3, "mixed_bfloat16")]
)
def test_units_are_used_where_they_are_faster(flag, gain, expected):
    assert choose_precision(frozenset({flag}), lambda: gain) == expected


def test_the_gain_is_that_of_this_machine_and_measured_once():
    start = time.perf_counter()
    gain = bfloat16_gain()
    assert time.perf_counter() - start < 20
    assert 0.001 < gain < 100
    assert bfloat16_gain() is gain


def test_this_processor_lists_its_flags():
    assert len(read_cpu_flags()) > 5


def test_the_policy_ends_with_the_block_even_when_it_fails():
    before = keras.config.dtype_policy().name
    with pytest.raises(KeyError), dtype_policy("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        raise KeyError
    assert keras.config.dtype_policy().name == before
