"""convert.tflite: what the graph of the file looks like."""

from __future__ import annotations

import shutil
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from convert.conversion import convert
from convert.graph.shapes import shape_fault
from convert.loading import load_model
from convert.source import ModelSource, Normalization
from convert.tflite import convert_model, span_full_range
from edge.errors import DataError
from edge.runtime import make_interpreter
from train.architectures.normalisation import Normalisation
from train.architectures.whitened import build, export

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
    return convert_model(model, "int8", pixels)


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
    runtime = interpreter(tmp_path, convert_model(model, "int8", pixels, io=io))
    (details,) = runtime.get_input_details()
    assert (details["dtype"], details["quantization"]) == (dtype, quantization)
    assert runtime.get_output_details()[0]["dtype"] == dtype


def test_weights_and_activations_are_int8(int8_bytes):
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(int8_bytes)))
    inner = {tensor.type for tensor in parsed.subgraphs[0].tensors}
    kinds = schema.TensorType
    assert inner <= {kinds.INT8, kinds.INT32, kinds.UINT8}


@pytest.mark.parametrize("name", ["m.keras", "saved"])
def test_the_same_model_gives_the_same_bytes_wherever_it_lies(name, model, pixels, tmp_path):
    first, again = tmp_path / "first" / name, tmp_path / "again" / f"other {name}"
    first.parent.mkdir()
    save = model.save if first.suffix else partial(model.export, verbose=False)
    save(first)
    copy = shutil.copytree if first.is_dir() else shutil.copy
    again.parent.mkdir()
    copy(first, again)
    conversions = [convert(ModelSource(path), "int8", pixels) for path in (first, again)]
    assert conversions[0].data == conversions[1].data
    assert operators(conversions[0].data)[:2] == ["QUANTIZE", "CONV_2D"]
    assert conversions[0].seconds > 0
    assert conversions[0].peak_mb > 100  # TensorFlow alone is larger


def scores(tmp_path, data, picture):
    """Of a file with float32 input and output."""
    runtime = interpreter(tmp_path, data)
    runtime.set_tensor(runtime.get_input_details()[0]["index"], picture)
    runtime.invoke()
    return runtime.get_tensor(runtime.get_output_details()[0]["index"])


@pytest.mark.parametrize(
    "format, size, tolerance",
    [
        ("float32", 1.0, 1e-4),
        ("float16", 0.8, 1e-2),
        ("dynamic", 0.8, 5e-2),
        ("int16x8", 0.8, 5e-2),
    ],
)
def test_every_format_gives_the_models_scores(format, size, tolerance, tmp_path, model, pixels):
    data = convert_model(model, format, pixels)
    picture = pixels[:1].astype(np.float32)
    assert scores(tmp_path, data, picture) == pytest.approx(
        model.predict_on_batch(picture), abs=tolerance
    )
    assert len(data) <= size * len(convert_model(model, "float32"))


def test_normalisation_in_front_keeps_every_grey_level(model, pixels, tmp_path):
    model.save(tmp_path / "m.keras")
    wanted = Normalization((127.5,), (127.5,))
    data = convert_model(load_model(ModelSource(tmp_path / "m.keras", wanted)), "int8", pixels)
    assert operators(data)[:2] == ["QUANTIZE", "DEPTHWISE_CONV_2D"]
    graph = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data))).subgraphs[0]
    normalised = graph.tensors[graph.operators[1].outputs[0]]
    assert normalised.quantization.scale[0] == pytest.approx(1 / 127.5, rel=1e-3)


def test_a_free_batch_is_fixed_and_flatten_leaves_no_shape_arithmetic(pixels):
    inputs = keras.Input((16, 16, 3))
    flat = keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(inputs))
    free = keras.Model(inputs, keras.layers.Dense(4, activation="softmax")(flat))
    with_batch = tf.lite.TFLiteConverter.from_keras_model(free).convert()
    assert shape_fault(with_batch) is not None  # what it would be like
    data = convert_model(free, "int8", pixels)
    assert shape_fault(data) is None
    assert not {"SHAPE", "PACK", "STRIDED_SLICE"} & set(operators(data))


def test_shapes_that_only_running_tells_are_refused(pixels):
    @keras.saving.register_keras_serializable()
    class Bright(keras.layers.Layer):
        """Keeps the bright pixels, however many they are."""

        def call(self, x):
            kept = tf.boolean_mask(x, x > 100)
            return tf.reshape(tf.cast(tf.shape(kept)[0], tf.float32), (1, 1)) * tf.ones((1, 3))

    inputs = keras.Input((16, 16, 3), batch_size=1)
    with pytest.raises(DataError, match=r"(computes shapes while it runs|no fixed shape)"):
        convert_model(keras.Model(inputs, Bright()(inputs)), "float32")


def test_two_pixels_span_the_range_and_the_given_pictures_stay(pixels):
    before = pixels.copy()
    spanned = span_full_range(pixels)
    assert (spanned.min(), spanned.max()) == (0, 255)
    assert (spanned != pixels).any(axis=-1).sum() == 2
    assert np.array_equal(pixels, before)


def test_an_operator_without_a_tflite_form_is_named():
    @keras.saving.register_keras_serializable()
    class Determinant(keras.layers.Layer):
        def call(self, x):
            square = keras.ops.reshape(keras.ops.mean(x, axis=(1, 2))[:, :1], (-1, 1, 1))
            return keras.ops.linalg.det(square)[:, None] * keras.ops.ones((1, 3))

    inputs = keras.Input((16, 16, 3))
    odd = keras.Model(inputs, Determinant()(inputs))
    with pytest.raises(
        DataError, match=r"converted \(TFLite has no MatrixDeterminant\); use layers"
    ):
        convert_model(odd, "int8", np.zeros((2, 16, 16, 3), np.uint8))
