"""train.weights.torch_file: tensors as they were saved; nothing in the file is run."""

from __future__ import annotations

import os
import pickle
import zipfile

import numpy as np
import pytest

from edge.errors import DataError
from tests.train.material import write_torch_file
from train.weights.torch_file import read_tensors


@pytest.fixture
def saved(tmp_path):
    """A file, and the tensors that are in it."""
    rng = np.random.default_rng(0)
    lying_otherwise = rng.normal(size=(3, 2, 5, 4)).astype(np.float32).transpose(3, 2, 0, 1)
    tensors = {
        "plain.weight": rng.normal(size=(6, 4)).astype(np.float32),
        "transposed.weight": lying_otherwise,  # converted weights are such views
        "steps": np.array(7, np.int64),
    }
    path = tmp_path / "weights.pth"
    write_torch_file(path, tensors)
    return path, tensors


def test_tensors_come_back_as_they_were(saved):
    path, tensors = saved
    read = read_tensors(path)
    assert list(read) == list(tensors)
    for name, expected in tensors.items():
        assert read[name].dtype == expected.dtype
        assert np.array_equal(read[name], expected), name


def test_a_file_cut_anywhere_is_refused(saved, tmp_path):
    path, _ = saved
    data = path.read_bytes()
    cut = tmp_path / "cut.pth"
    for length in range(len(data)):
        cut.write_bytes(data[:length])
        with pytest.raises(DataError, match=r"cut\.pth: not a PyTorch file of plain tensors"):
            read_tensors(cut)


class Evil:
    def __reduce__(self):
        return os.mkdir, ("hacked",)


@pytest.mark.parametrize("place", [0, 3], ids=["instead of the number", "among the tensors"])
def test_a_pickle_that_runs_code_is_refused(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = [0x1950A86A20F9469CFC6C, 1001, {}, {}, []]
    values[place] = Evil()
    path = tmp_path / "evil.pth"
    path.write_bytes(b"".join(pickle.dumps(value, 2) for value in values))
    with pytest.raises(DataError, match=r"it asks for (posix|nt|os)\.mkdir"):
        read_tensors(path)
    assert not (tmp_path / "hacked").exists()


def test_other_files_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"gone\.pth: cannot be read"):
        read_tensors(tmp_path / "gone.pth")
    with zipfile.ZipFile(tmp_path / "new.pth", "w") as archive:
        archive.writestr("data.pkl", b"")
    with pytest.raises(DataError, match=r"new\.pth: not a PyTorch file of plain tensors"):
        read_tensors(tmp_path / "new.pth")
