"""train.data.names and idx: data sets by name, from files as Debian installs them."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from edge.errors import DataError
from train.data.idx import read_idx
from train.data.names import DEBIAN, named_arrays
from train.data.source import load


def write_idx(path, array):
    header = bytes((0, 0, 8, array.ndim)) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))


def test_an_idx_file_is_read_as_its_header_says(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_idx(tmp_path / "a.gz", array)
    assert np.array_equal(read_idx(tmp_path / "a.gz"), array)


@pytest.mark.parametrize(
    "data, fault",
    [
        pytest.param(b"hello", "cannot be read", id="not gzip"),
        pytest.param(gzip.compress(b"hello")[:-9], "cannot be read", id="cut short"),
        pytest.param(gzip.compress(b""), "not an IDX file of bytes", id="empty"),
        pytest.param(gzip.compress(bytes((0, 0, 13, 1, 0, 0, 0, 1, 7))), "not an IDX", id="floats"),
        pytest.param(gzip.compress(bytes((0, 0, 8, 1, 0, 0, 0, 2, 7))), "not an IDX", id="short"),
        pytest.param(gzip.compress(bytes((0, 0, 8, 2, 0, 0))), "not an IDX", id="half a header"),
    ],
)
def test_a_damaged_idx_file_is_told(tmp_path, data, fault):
    path = tmp_path / "a.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match=f"a.gz: {fault}.*; install its package again"):
        read_idx(path)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_debian_files_come_first(tmp_path, name):
    (tmp_path / name).mkdir()
    written = {}
    for part, count in (("train", 5), ("t10k", 3)):
        pixels = np.full((count, 28, 28), count, np.uint8)
        write_idx(tmp_path / name / f"{part}-images-idx3-ubyte.gz", pixels)
        write_idx(
            tmp_path / name / f"{part}-labels-idx1-ubyte.gz", np.arange(count, dtype=np.uint8)
        )
        written[part] = pixels
    arrays = named_arrays(name, tmp_path)
    assert np.array_equal(arrays["x_train"], written["train"])
    assert np.array_equal(arrays["x_test"], written["t10k"])
    assert arrays["y_train"].tolist() == [0, 1, 2, 3, 4]


def test_digits_are_divided_and_fit_a_network():
    pytest.importorskip("sklearn")
    data = load("digits", seed=0)
    assert (data.name, data.labels) == ("digits", tuple("0123456789"))
    assert data.train.pixels.shape == (1259, 32, 32, 1)
    assert (len(data.validation), len(data.test)) == (179, 359)
    assert data.train.pixels.max() == 255 and data.train.pixels.min() == 0


def test_fashion_mnist_as_installed():
    if not (DEBIAN / "fashion-mnist").is_dir():
        pytest.skip("the Debian package dataset-fashion-mnist is not installed")
    data = load("fashion-mnist", seed=0)
    assert (len(data.train), len(data.validation), len(data.test)) == (58_000, 2000, 10_000)
    assert data.train.pixels.shape[1:] == (28, 28, 1) and data.labels[9] == "ankle boot"
