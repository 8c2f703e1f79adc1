"""edge.arrays: what an .npz file holds, or one line on why it cannot be had."""

from __future__ import annotations

import numpy as np
import pytest

from edge.arrays import read_arrays, write_arrays
from edge.errors import DataError


def test_arrays_come_back_by_name(tmp_path):
    write_arrays(tmp_path / "a.npz", {"x": np.arange(3), "y": np.ones(2)})
    arrays = read_arrays(tmp_path / "a.npz", ("x",), "save it again")
    assert arrays.keys() == {"x", "y"}
    assert arrays["x"].tolist() == [0, 1, 2]


def damaged(tmp_path, kind):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).integers(0, 256, 5000))
    data = path.read_bytes()
    if kind == "cut short":
        path.write_bytes(data[: len(data) // 2])
    elif kind == "changed inside":
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes(50) + data[middle + 50 :])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("hello")
    elif kind == "a single array":
        with path.open("wb") as stream:
            np.save(stream, np.arange(3))
    elif kind == "pickled":
        np.savez(path, x=np.array([{}], object))
    elif kind == "missing":
        path.unlink()
    elif kind == "a folder":
        path.unlink()
        path.mkdir()
    return path


@pytest.mark.parametrize(
    "kind",
    [
        "cut short",
        "changed inside",
        "empty",
        "text",
        "a single array",
        "pickled",
        "missing",
        "a folder",
    ],
)
def test_damage_is_told_in_one_line_with_the_remedy(tmp_path, kind):
    path = damaged(tmp_path, kind)
    with pytest.raises(DataError) as raised:
        read_arrays(path, (), "save it again")
    assert str(raised.value).startswith(f"{path}: ")
    assert str(raised.value).endswith("; save it again")


def test_a_missing_array_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    with pytest.raises(DataError, match=r"a\.npz: has no array y; save it again"):
        read_arrays(tmp_path / "a.npz", ("x", "y"), "save it again")
