"""train.precision: bfloat16 only where the processor computes with it."""

from __future__ import annotations

import keras
import pytest

from train.precision import choose_precision, dtype_policy, read_cpu_flags


@pytest.mark.parametrize(
    "flags, expected",
    [
        pytest.param({"sse2", "avx2", "avx512f"}, "float32", id="AVX-512 without bfloat16"),
        pytest.param({"avx512_bf16"}, "mixed_bfloat16", id="AVX-512 BF16"),
        pytest.param({"amx_tile", "amx_bf16"}, "mixed_bfloat16", id="AMX"),
        pytest.param({"asimd", "bf16"}, "mixed_bfloat16", id="Arm"),
        pytest.param(set(), "float32", id="unknown processor"),
    ],
)
def test_units_decide(flags, expected):
    assert choose_precision(frozenset(flags)) == expected


def test_this_processor_lists_its_flags():
    assert len(read_cpu_flags()) > 5


def test_the_policy_ends_with_the_block_even_when_it_fails():
    before = keras.config.dtype_policy().name
    with pytest.raises(KeyError), dtype_policy("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        raise KeyError
    assert keras.config.dtype_policy().name == before
