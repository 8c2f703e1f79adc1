"""convert.tflite: what the graph of the file looks like."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from convert.tflite import span_full_range, to_float, to_int8
from edge.errors import DataError
from edge.runtime import make_interpreter
from train.architectures.whitened import Normalisation, build, export

_NAMES = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}


@pytest.fixture(scope="module")
def model():
    """A network as python -m train saves it, with random weights."""
    keras.utils.set_random_seed(0)
    training = build((16, 16, 3), 4, (8, 8), for_training=True)
    normalisation = Normalisation(np.float32([120, 110, 100]), np.float32([60, 50, 40]))
    return export(training, training.get_weights(), normalisation)


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(40, 200, (20, 16, 16, 3), np.uint8)


@pytest.fixture(scope="module")
def int8_bytes(model, pixels):
    return to_int8(model, pixels, "uint8")


def operators(data):
    """The names of the graph's operators, in order."""
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data)))
    codes = [_NAMES[code.builtinCode] for code in parsed.operatorCodes]
    return [codes[operator.opcodeIndex] for operator in parsed.subgraphs[0].operators]


def interpreter(tmp_path, data):
    (tmp_path / "model.tflite").write_bytes(data)
    return make_interpreter(tmp_path / "model.tflite", 1)


def test_normalisation_norms_and_batch_leave_no_operator(model, int8_bytes):
    names = operators(int8_bytes)
    assert names[:2] == ["QUANTIZE", "CONV_2D"]
    assert not {"SHAPE", "PACK", "STRIDED_SLICE", "MUL", "SUB", "DEQUANTIZE", "RELU"} & set(names)
    kinds = [type(layer) for layer in model.layers]
    assert names.count("CONV_2D") == kinds.count(keras.layers.Conv2D)
    assert names.count("ADD") == kinds.count(keras.layers.Add)  # the shortcuts, and no more
    assert names.count("QUANTIZE") == 2  # uint8 to int8 and back


def test_one_step_of_the_input_is_one_pixel_value(tmp_path, int8_bytes):
    (details,) = interpreter(tmp_path, int8_bytes).get_input_details()
    assert details["quantization"] == (1.0, 0)
    assert details["dtype"] == np.uint8
    assert details["shape"].tolist() == [1, 16, 16, 3]
    assert details["shape_signature"].tolist() == [1, 16, 16, 3]


def test_outputs_are_steps_of_a_256th(tmp_path, int8_bytes):
    (details,) = interpreter(tmp_path, int8_bytes).get_output_details()
    assert details["quantization"] == (1 / 256, 0)
    assert details["dtype"] == np.uint8
    assert details["shape"].tolist() == [1, 4]


@pytest.mark.parametrize(
    "io, dtype, quantization", [("int8", np.int8, (1.0, -128)), ("float32", np.float32, (0.0, 0))]
)
def test_other_types_on_request(tmp_path, model, pixels, io, dtype, quantization):
    runtime = interpreter(tmp_path, to_int8(model, pixels, io))
    (details,) = runtime.get_input_details()
    assert (details["dtype"], details["quantization"]) == (dtype, quantization)
    assert runtime.get_output_details()[0]["dtype"] == dtype


def test_weights_and_activations_are_int8(int8_bytes):
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(int8_bytes)))
    inner = {tensor.type for tensor in parsed.subgraphs[0].tensors}
    kinds = schema.TensorType
    assert inner <= {kinds.INT8, kinds.INT32, kinds.UINT8}


def test_the_same_input_gives_the_same_bytes(model, pixels, int8_bytes):
    assert to_int8(model, pixels, "uint8") == int8_bytes


def test_the_float_file_gives_the_models_scores(tmp_path, model, pixels):
    runtime = interpreter(tmp_path, to_float(model))
    picture = pixels[:1].astype(np.float32)
    runtime.set_tensor(runtime.get_input_details()[0]["index"], picture)
    runtime.invoke()
    scores = runtime.get_tensor(runtime.get_output_details()[0]["index"])
    assert scores == pytest.approx(model.predict_on_batch(picture), abs=1e-4)


def test_two_pixels_span_the_range_and_the_given_pictures_stay(pixels):
    before = pixels.copy()
    spanned = span_full_range(pixels)
    assert (spanned.min(), spanned.max()) == (0, 255)
    assert (spanned != pixels).any(axis=-1).sum() == 2
    assert np.array_equal(pixels, before)


def test_an_operator_without_a_tflite_form_is_named(capfd):
    @keras.saving.register_keras_serializable()
    class Determinant(keras.layers.Layer):
        def call(self, x):
            square = keras.ops.reshape(keras.ops.mean(x, axis=(1, 2))[:, :1], (-1, 1, 1))
            return keras.ops.linalg.det(square)[:, None] * keras.ops.ones((1, 3))

    inputs = keras.Input((16, 16, 3))
    odd = keras.Model(inputs, Determinant()(inputs))
    with pytest.raises(DataError, match="converted: TFLite has no MatrixDeterminant; use"):
        to_int8(odd, np.zeros((2, 16, 16, 3), np.uint8), "uint8")
    assert capfd.readouterr() == ("", "")
