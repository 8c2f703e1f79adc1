"""edge.quantization: hand-computed integers and real numbers."""

from __future__ import annotations

import numpy as np
import pytest

from edge.quantization import Affine

INT8, UINT8 = np.dtype(np.int8), np.dtype(np.uint8)


@pytest.mark.parametrize(
    "q, expected",
    [
        pytest.param(-128, 0.0, id="lowest int8 is zero"),
        pytest.param(0, 0.5, id="wraps to -0.5 unless widened first"),
        pytest.param(127, 255 / 256, id="highest int8"),
    ],
)
def test_dequantize_int8(q, expected):
    affine = Affine(scale=1 / 256, zero_point=-128, dtype=INT8)
    assert affine.dequantize(np.array([q], np.int8)).item() == pytest.approx(expected)


def test_dequantize_uint8_below_its_zero_point_is_negative():
    affine = Affine(scale=0.5, zero_point=127, dtype=UINT8)
    real = affine.dequantize(np.array([0, 127, 200], np.uint8))
    assert real.dtype == np.float32
    assert real.tolist() == [-63.5, 0.0, 36.5]


@pytest.mark.parametrize(
    "affine, real, expected",
    [
        pytest.param(Affine(1.0, -128, INT8), 200.0, 72, id="pixel 200 in int8"),
        pytest.param(Affine(1.0, -128, INT8), 300.0, 127, id="saturates above"),
        pytest.param(Affine(1.0, -128, INT8), -5.0, -128, id="saturates below"),
        pytest.param(Affine(1 / 255, 0, UINT8), 0.5, 128, id="127.5 steps go to the even 128"),
        pytest.param(Affine(0.0078125, 128, UINT8), -1.0, 0, id="-1 is the lowest"),
        pytest.param(Affine(0.0078125, 128, UINT8), 1.0, 255, id="+1 would be 256"),
    ],
)
def test_quantize(affine, real, expected):
    q = affine.quantize(np.array([real], np.float32))
    assert q.dtype == affine.dtype
    assert q.item() == expected


def test_every_integer_survives_the_way_there_and_back():
    affine = Affine(scale=0.0235, zero_point=-3, dtype=INT8)
    q = np.arange(-128, 128).astype(np.int8)
    assert np.array_equal(affine.quantize(affine.dequantize(q)), q)


def test_real_range():
    assert Affine(0.0078125, 128, UINT8).real_range == (-1.0, 0.9921875)
    assert Affine(1.0, -128, INT8).real_range == (0.0, 255.0)
