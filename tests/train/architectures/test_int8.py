"""The plain nets as int8 files: operators of both runtimes, and the same answers."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from convert.compatibility.graph import read_graph
from convert.compatibility.limits import beyond, limits_of
from convert.compatibility.trial import load_and_run
from convert.quantize import main
from convert.tflite import convert_model
from edge.classifier import Classifier
from edge.runtime import installed
from train.architectures import dense, plain
from train.architectures.dense import DenseNet
from train.architectures.plain import PlainNet

SHAPE = (28, 28, 1)
DENSE_END = ["RESHAPE", "FULLY_CONNECTED", "FULLY_CONNECTED", "SOFTMAX", "QUANTIZE"]
BLOCK = ["CONV_2D", "MAX_POOL_2D"]


@pytest.fixture(scope="module")
def pictures(digits, tmp_path_factory):
    """The digits as 28x28 pixels, as an .npz for both commands."""
    with np.load(digits) as arrays:
        cut = {name: a[:, 2:30, 2:30] if a.ndim == 4 else a for name, a in arrays.items()}
    path = tmp_path_factory.mktemp("pictures") / "digits28.npz"
    np.savez(path, **cut)
    return path


@pytest.fixture(scope="module")
def arrays(pictures):
    with np.load(pictures) as file:
        return dict(file)


def trained(model, arrays, epochs=1, count=1400):
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    frames, class_ids = arrays["x_train"][:count], arrays["y_train"][:count]
    model.fit(frames.astype(np.float32), class_ids, batch_size=20, epochs=epochs, verbose=0)
    return model


def operators(data):
    return [node.name for node in read_graph(data).nodes]


def refused_by(data, tmp_path):
    """What keeps the runtimes from the file: by the table of each, and by those installed here."""
    path = tmp_path / "refused.tflite"
    path.write_bytes(data)
    told = [beyond(read_graph(data), limits_of(name)) for name in ("tflite-runtime", "litert")]
    tried = [load_and_run(str(path), runtime) for runtime in installed()]
    return [reason for reason in (*told, *tried) if reason]


@pytest.fixture(scope="module")
def digits_cnn(arrays):
    keras.utils.set_random_seed(0)
    return trained(plain.build(SHAPE, 10, PlainNet(), dropout=0.25), arrays, epochs=2)


@pytest.fixture(scope="module")
def digits_file(digits_cnn, pictures, arrays, tmp_path_factory, quick_conversion):
    """What python -m convert.quantize makes of the trained net's .keras file."""
    folder = tmp_path_factory.mktemp("digits_cnn")
    digits_cnn.save(folder / "digits.keras")
    (folder / "labels.txt").write_text("\n".join("0123456789"))
    np.savez(folder / "test.npz", pixels=arrays["x_test"], class_ids=arrays["y_test"])
    output = folder / "digits_int8.tflite"
    options = [
        *(str(folder / "digits.keras"), "--labels", str(folder / "labels.txt")),
        *("--representative", str(pictures), "--test", str(folder / "test.npz")),
        *("--output", str(output), *quick_conversion),
    ]
    assert main(options) == 0
    return output


def test_the_digits_net_starts_with_its_convolution(digits_file):
    assert operators(digits_file.read_bytes()) == ["QUANTIZE", *BLOCK, *BLOCK, *BLOCK, *DENSE_END]


def answers_of(path, runtime, frames):
    classifier = Classifier(path, runtime=runtime)
    return [classifier.labels.index(classifier.classify(f, 1).top[0].label) for f in frames]


@pytest.mark.parametrize("runtime", installed())
def test_int8_answers_what_float32_answers(runtime, digits_cnn, digits_file, arrays):
    answers = answers_of(digits_file, runtime, arrays["x_test"])
    scores = digits_cnn.predict(arrays["x_test"].astype(np.float32), verbose=0)
    assert np.mean(scores.argmax(axis=1) == arrays["y_test"]) > 0.9
    assert np.mean(answers == scores.argmax(axis=1)) > 0.98


@pytest.mark.parametrize(
    "net",
    [
        pytest.param(PlainNet((8, 12), (16,)), id="plain"),
        pytest.param(PlainNet((8, 12), (), depth=2), id="deep"),
        pytest.param(PlainNet((8, 12), (16,), batch_norm=True), id="batch norm"),
        pytest.param(PlainNet((8, 12), (16,), "relu6", "average"), id="relu6 and average"),
        pytest.param(PlainNet((8, 12), (16,), "tanh", batch_norm=True), id="tanh"),
        pytest.param(PlainNet((8, 12), (16,), "sigmoid", "average"), id="sigmoid and average"),
        pytest.param(PlainNet((8, 12), (16,), residual=True), id="residual"),
        pytest.param(
            PlainNet((8, 12), (16,), batch_norm=True, residual=True, depth=2),
            id="residual, deep, batch norm",
        ),
        pytest.param(PlainNet((8, 12), (16,), "sigmoid", residual=True), id="residual and sigmoid"),
    ],
)
def test_every_form_is_int8_throughout_and_taken_by_both_runtimes(net, arrays, tmp_path):
    data = convert_model(plain.build(SHAPE, 10, net), "int8", arrays["x_train"][:20])
    names = operators(data)
    assert names[:2] == ["QUANTIZE", "CONV_2D"]  # scale and norms went into the convolutions
    assert names.count("QUANTIZE") == 2  # uint8 to int8, and back
    known = {"CONV_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D", "LOGISTIC", "TANH", "ADD"}
    assert set(names) <= known | {"QUANTIZE", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"}
    kinds = {tensor.type for node in read_graph(data).nodes for tensor in node.outputs}
    assert kinds <= {"int8", "uint8"}
    assert refused_by(data, tmp_path) == []


def test_norms_and_penalties_leave_the_digits_as_they_are(arrays, tmp_path):
    """The costliest form to fold: its int8 file must answer as the Keras model does."""
    keras.utils.set_random_seed(0)
    net = PlainNet((8, 12), (16,), "relu6", "average", batch_norm=True, residual=True, depth=2)
    model = trained(plain.build(SHAPE, 10, net, l2=1e-4), arrays, epochs=3)
    frames = arrays["x_test"]
    expected = model.predict(frames.astype(np.float32), verbose=0).argmax(axis=1)
    assert np.mean(expected == arrays["y_test"]) > 0.8
    path = tmp_path / "m.tflite"
    path.write_bytes(convert_model(model, "int8", arrays["x_train"][:200]))
    for runtime in installed():
        assert np.mean(answers_of(path, runtime, frames) == expected) > 0.97


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_dense_net_keeps_every_grey_level(batch_norm, arrays, tmp_path):
    model = dense.build(SHAPE, 10, DenseNet((16,), batch_norm=batch_norm))
    data = convert_model(model, "int8", arrays["x_train"][:20])
    assert operators(data) == ["QUANTIZE", "MUL", *DENSE_END]
    product = read_graph(data).nodes[1].outputs[0]
    assert product.scales == pytest.approx([1 / 255])  # of 0 to 1: one step a grey level
    assert product.zero_points == (-128,)
    assert refused_by(data, tmp_path) == []
