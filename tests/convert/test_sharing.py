"""convert.sharing: equal parts are written once, and every reader gets the same network."""

from __future__ import annotations

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from convert.sharing import SharingBuilder, shared
from edge.classifier import Classifier
from edge.runtime import installed


def packed(model, builder):
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def test_a_file_gets_smaller_and_stays_the_same_network(digits_model, tmp_path):
    data = bytearray(digits_model.read_bytes())
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data))
    plain = packed(model, flatbuffers.Builder(1024))
    smaller = shared(plain)
    assert len(smaller) < 0.97 * len(plain)
    assert len(shared(smaller)) == len(smaller)
    frames = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3)).astype(np.uint8)
    (tmp_path / "labels.txt").write_text("\n".join("0123456789"))
    for runtime in installed():
        answers = []
        for name, content in (("plain", plain), ("smaller", smaller)):
            path = tmp_path / f"{name}.tflite"
            path.write_bytes(content)
            classifier = Classifier(path, labels_path=tmp_path / "labels.txt", runtime=runtime)
            answers.append([classifier.classify(frame).scores for frame in frames])
        np.testing.assert_array_equal(*answers)


def test_types_are_kept_apart():
    builder = SharingBuilder(64)
    zeros = np.zeros(2, np.int32)
    first = builder.CreateNumpyVector(zeros)
    assert builder.CreateNumpyVector(zeros.copy()) == first
    assert builder.CreateNumpyVector(zeros.view(np.int64)) != first
    assert builder.CreateString("name") == builder.CreateString(b"name")
