"""convert.graph.finishing: a file gets smaller, and every reader gets the same network."""

from __future__ import annotations

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from convert.graph.finishing import finished
from convert.graph.names import short_names
from edge.classifier import Classifier
from edge.runtime import installed


def packed(model, builder):
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def test_a_file_gets_smaller_and_stays_the_same_network(digits_model, tmp_path):
    data = bytearray(digits_model.read_bytes())
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data))
    plain = packed(model, flatbuffers.Builder(1024))
    smaller = finished(plain)
    assert len(smaller) < 0.97 * len(plain)
    assert len(finished(smaller)) == len(smaller)
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


def test_names_are_short_and_inputs_and_outputs_keep_theirs(digits_model):
    model = schema.Model.GetRootAs(bytearray(digits_model.read_bytes()))
    graph = schema.ModelT.InitFromObj(model).subgraphs[0]
    names = [tensor.name.decode() for tensor in graph.tensors]
    assert len(set(names)) == len(names)
    assert not any(";" in name or name.startswith("classifier") for name in names)
    assert names[graph.inputs[0]].startswith("serving_default")


def test_a_name_is_the_first_fused_layer_without_the_common_way():
    long = ("net/a/conv/Relu;net/a/conv/Conv2D", "net/a/conv/Relu;net/b", "net/b/head/MatMul")
    assert short_names(long) == ["a/conv/Relu", "a/conv/Relu_2", "b/head/MatMul"]


def test_names_that_have_no_way_in_common_stay():
    assert short_names(["tfl.quantize", "a/Relu", "b/c/d/Add"]) == [
        *("tfl.quantize", "a/Relu", "b/c/d/Add")
    ]


def test_no_name_is_given_twice():
    assert short_names(["a", "a_2", "a"], taken=["a"]) == ["a_2", "a_2_2", "a_3"]


def test_an_operator_keeps_its_layer_before_it():
    assert short_names(["net/only/Relu", "net/only/Conv2D"]) == ["only/Relu", "only/Conv2D"]
