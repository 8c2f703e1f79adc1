"""convert.source: what kind of model a path names, and which one exactly."""

from __future__ import annotations

import pytest

from convert.source import ModelSource, check_kind
from edge.errors import DataError


@pytest.mark.parametrize(
    "name, told",
    [
        ("m.tflite", r"m\.tflite: is converted already; python -m edge\.camera"),
        ("m.pt", r"m\.pt: is a PyTorch model; export it to a SavedModel folder"),
        ("m.PTH", r"m\.PTH: is a PyTorch model"),
        ("m.onnx", r"m\.onnx: is an ONNX model; turn it into a SavedModel folder"),
        ("saved_model.pb", r"is one part of a SavedModel; give"),
        ("m.weights.h5", r"holds weights without the layers; save the whole model"),
        ("m.jpg", r"m\.jpg: not a kind of model that is known here; give"),
        ("folder", r"folder: neither a run folder nor a SavedModel; give"),
        ("nowhere.h5", r"nowhere\.h5: no such model; give a \.keras or \.h5 file"),
    ],
)
def test_other_kinds_are_told_with_a_remedy(name, told, tmp_path):
    if name == "folder":
        (tmp_path / name).mkdir()
    elif not name.startswith("nowhere"):
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=told):
        check_kind(tmp_path / name)


def test_a_folder_is_known_by_names_and_contents(tmp_path):
    for name, files in {
        "one": {"saved_model.pb": b"1", "variables/a": b"2"},
        "same": {"variables/a": b"2", "saved_model.pb": b"1"},
        "renamed": {"saved_model.pb": b"1", "variables/b": b"2"},
        "changed": {"saved_model.pb": b"1", "variables/a": b"3"},
    }.items():
        for path, content in files.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    known = [
        ModelSource(tmp_path / name).sha256() for name in ("one", "same", "renamed", "changed")
    ]
    assert known[0] == known[1]
    assert len(set(known)) == 3
