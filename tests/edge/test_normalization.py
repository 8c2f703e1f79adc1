"""edge.normalization: what pixel 0, 255 and those between become."""

from __future__ import annotations

import numpy as np
import pytest

from edge.modelfile import Normalization
from edge.normalization import is_identity, pixel_table, range_of
from edge.quantization import Affine

INT8, UINT8, FLOAT = np.dtype(np.int8), np.dtype(np.uint8), np.dtype(np.float32)


@pytest.mark.parametrize(
    "affine, expected",
    [
        pytest.param(Affine(1.0, -128, INT8), "0..255", id="MLPerf ResNet-8"),
        pytest.param(Affine(0.003921569, -128, INT8), "0..1", id="MLPerf wake words"),
        pytest.param(Affine(0.0078125, 128, UINT8), "-1..1", id="Coral MobileNet v1"),
        pytest.param(Affine(0.0078431, 127, UINT8), "-1..1", id="Coral MobileNet v2"),
        pytest.param(Affine(0.0186, 114, UINT8), None, id="mean and deviation of ImageNet"),
        pytest.param(Affine(1.0, 0, INT8), None, id="mean-subtracted pixels"),
    ],
)
def test_range_of_known_models(affine, expected):
    assert range_of(affine) == expected


@pytest.mark.parametrize(
    "affine, expected",
    [
        # (pixel 0, 51, 255)
        pytest.param(Affine(1.0, 0, UINT8), [0, 51, 255], id="uint8 as it is"),
        pytest.param(Affine(1.0, -128, INT8), [-128, -77, 127], id="int8: minus 128"),
        pytest.param(Affine(1 / 255, -128, INT8), [-128, -77, 127], id="0..1"),
        # real -1, -0.6, 1 divided by 1/128, plus 128: 0, 51.2, 256
        pytest.param(Affine(0.0078125, 128, UINT8), [0, 51, 255], id="-1..1"),
        # real 0, 51, 255 divided by 1.05: 0, 48.57, 242.86
        pytest.param(Affine(1.05, 0, UINT8), [0, 49, 243], id="calibrated a little too wide"),
        pytest.param(Affine(0.0186, 114, UINT8), [0, 51, 255], id="unknown range: in order"),
    ],
)
def test_quantized_input(affine, expected):
    table = pixel_table(affine.dtype, affine, None)
    assert table.dtype == affine.dtype
    assert table[[0, 51, 255]].tolist() == expected


def test_a_given_range_is_obeyed():
    # 51/255 = 0.2 real, in steps of 1: 0
    table = pixel_table(UINT8, Affine(1.0, 0, UINT8), "0..1")
    assert table[[0, 51, 255]].tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    "scaling, expected",
    [
        ("0..255", [0.0, 51.0, 255.0]),
        ("0..1", [0.0, 0.2, 1.0]),
        ("-1..1", [-1.0, -0.6, 1.0]),
        (None, [0.0, 51.0, 255.0]),
        (Normalization((127.5,), (127.5,)), [-1.0, -0.6, 1.0]),
    ],
)
def test_float_input(scaling, expected):
    table = pixel_table(FLOAT, None, scaling)
    assert table.dtype == np.float32
    assert table.shape == (256,)
    assert table[[0, 51, 255]] == pytest.approx(expected)


def test_float_input_with_a_mean_for_each_channel():
    table = pixel_table(FLOAT, None, Normalization((0.0, 51.0, 100.0), (1.0, 51.0, 2.0)))
    assert table.shape == (1, 256, 3)
    assert table[0, 102].tolist() == [102.0, 1.0, 1.0]


def test_integers_without_a_scale_are_pixels():
    assert is_identity(pixel_table(UINT8, None, None))
    assert pixel_table(INT8, None, None)[[0, 128, 255]].tolist() == [-128, 0, 127]


def test_metadata_of_the_float_model_do_not_apply_to_a_quantized_input():
    affine = Affine(1.0, 0, UINT8)
    assert is_identity(pixel_table(UINT8, affine, Normalization((127.5,), (127.5,))))


def test_only_pixels_as_they_are_count_as_identity():
    assert is_identity(np.arange(256).astype(np.uint8))
    assert not is_identity(np.arange(256).astype(np.float32))
    assert not is_identity(np.arange(256).astype(np.uint8)[::-1])
