"""convert.graph.biases: small dense layers get the bias that tflite-runtime needs on ARM."""

from __future__ import annotations

from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from convert.graph.biases import with_biases
from edge.classifier import Classifier
from edge.modelfile import read_model_file
from edge.runtime import installed

MODELS = Path(__file__).parents[1] / "edge" / "models"
NO_BIAS = MODELS / "no_bias_int8.tflite"


def parsed(data: bytes) -> schema.ModelT:
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data)))


@pytest.mark.parametrize("runtime", installed())
def test_the_network_stays_the_same(runtime, tmp_path):
    path = tmp_path / "biased.tflite"
    path.write_bytes(with_biases(NO_BIAS.read_bytes()))
    assert not read_model_file(path).lacks_bias
    before, after = (Classifier(each, runtime=runtime) for each in (NO_BIAS, path))
    for frame in np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3)).astype(np.uint8):
        scores = before.classify(frame).scores
        np.testing.assert_array_equal(scores, after.classify(frame).scores)


def test_the_bias_has_the_scales_that_the_format_asks_for():
    graph = parsed(with_biases(NO_BIAS.read_bytes())).subgraphs[0]
    (dense,) = (each for each in graph.operators if len(each.inputs) == 3)
    values, weights, bias = (graph.tensors[number] for number in dense.inputs)
    expected = values.quantization.scale[0] * weights.quantization.scale
    np.testing.assert_allclose(bias.quantization.scale, expected, rtol=1e-6)
    assert bias.type == schema.TensorType.INT32
    assert list(bias.shape) == [3]


@pytest.mark.parametrize("name", ["grey_uint8", "colours_float", "colours_int8", "free_size"])
def test_files_that_need_none_are_left_alone(name):
    data = (MODELS / f"{name}.tflite").read_bytes()
    assert with_biases(data) == data


def test_a_layer_with_four_outputs_is_left_alone():
    model = parsed(NO_BIAS.read_bytes())
    weights = model.subgraphs[0].tensors[2]
    weights.shape = np.array([4, 3], np.int32)
    weights.quantization.scale = np.ones(4, np.float32)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    data = bytes(builder.Output())
    assert with_biases(data) == data


def test_what_we_convert_has_a_bias(photos_model):
    """Three classes, from a network whose head has none."""
    assert not read_model_file(photos_model).lacks_bias
