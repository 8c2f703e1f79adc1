"""convert.graph.correction: means per channel, before and after, on real small networks."""

from __future__ import annotations

import tracemalloc

import flatbuffers
import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from keras import layers

from convert.child import run_in_child
from convert.graph.correction import Correction, correct, corrected
from convert.graph.flatbuffer import parse
from convert.graph.interpreting import open_with_all_tensors, run_alone
from convert.rescue.ranges import operator_outputs
from convert.rescue.steps import calibrate, quantize
from convert.tflite import convert_model
from edge.errors import DataError

WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def network(filters=6):
    """Three convolutions, a depthwise one among them, and a dense layer."""
    keras.utils.set_random_seed(0)
    x = pixels = keras.Input((8, 8, 3))
    x = layers.Rescaling(1 / 255)(x)
    for _ in range(2):  # with biases of zeros: the file holds the two once
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.DepthwiseConv2D(3, use_bias=False)(x)
    x = layers.ReLU(6)(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D()(x)
    dense = layers.Dense(4, activation="softmax", bias_initializer="random_normal")
    return keras.Model(pixels, dense(x))


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(1).integers(0, 256, (40, 8, 8, 3), np.uint8)


@pytest.fixture(scope="module")
def calibrated(pictures):
    return calibrate(network(), pictures)


def channel_means(data, pictures):
    """The mean of each channel of each weighted layer in real units, and how much one step is."""
    interpreter = open_with_all_tensors(data)
    (taken,) = interpreter.get_input_details()
    details = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    outputs = [op["outputs"][0] for op in interpreter._get_ops_details()
               if op["op_name"] in WEIGHTED]  # fmt: skip
    found = [[] for _ in outputs]
    for picture in pictures:
        interpreter.set_tensor(taken["index"], picture[np.newaxis].astype(taken["dtype"]))
        interpreter.invoke()
        for number, index in enumerate(outputs):
            scale, zero = details[index]["quantization"]
            values = interpreter.get_tensor(index).astype(np.float64)
            real = (values - zero) * scale if scale else values
            found[number].append(real.reshape(-1, real.shape[-1]).mean(axis=0))
    return [np.mean(means, axis=0) for means in found], [
        details[index]["quantization"][0] for index in outputs
    ]


def with_moved_biases(data, by):
    """The same int8 file, with ``by`` added to every bias."""
    model = parse(data)
    for tensor in model.subgraphs[0].tensors:
        buffer = model.buffers[tensor.buffer]
        scales = tensor.quantization and tensor.quantization.scale
        if tensor.type == schema.TensorType.INT32 and scales is not None:
            moved = np.frombuffer(bytes(buffer.data), np.int32) + by
            buffer.data = np.frombuffer(moved.astype(np.int32).tobytes(), np.uint8)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize("io", ["uint8", "int8"])
def test_every_channel_gets_its_float_mean_back(calibrated, pictures, io):
    wrong = with_moved_biases(quantize(calibrated, io), 2000)
    data, correction = corrected(wrong, calibrated, pictures)
    assert correction == Correction(layers=4, pictures=40)
    if io == "int8":  # as the file takes them
        pictures = pictures.astype(np.int16) - 128
    wanted, _ = channel_means(calibrated, pictures if io == "uint8" else pictures + 128)
    before, steps = channel_means(wrong, pictures)
    after, _ = channel_means(data, pictures)
    for float_means, moved, mended, step in zip(wanted, before, after, steps, strict=True):
        assert np.abs(moved - float_means).max() > 2 * step
        assert np.abs(mended - float_means).max() < np.abs(moved - float_means).max() / 8


@pytest.mark.parametrize(
    # A step of 8 bits is as long as 256 of 16.
    "format, allowed",
    [("int8", 0.02), ("int16x8", 0.05 * 256)],
)
def test_no_channel_is_worse_than_before(calibrated, pictures, format, allowed):
    pictures = pictures[:12]
    before = (
        quantize(calibrated, "uint8")
        if format == "int8"
        else convert_model(network(), "int16x8", pictures)
    )
    data, _ = corrected(before, calibrated, pictures)
    wanted, _ = channel_means(calibrated, pictures)
    ones, steps = channel_means(before, pictures)
    others, _ = channel_means(data, pictures)
    for float_means, one, other, step in zip(wanted, ones, others, steps, strict=True):
        worse = np.abs(other - float_means) - np.abs(one - float_means)
        assert worse.max() <= allowed * step


def test_means_that_are_near_take_no_more_rounds(calibrated, pictures, monkeypatch):
    data = quantize(calibrated, "uint8")
    runs = []

    def counted(*args):
        runs.append(args[1])
        return run_alone(*args)

    monkeypatch.setattr("convert.graph.correction.run_alone", counted)
    correct(data, calibrated, pictures)
    many = len(runs)
    monkeypatch.setattr("convert.graph.correction._NEAR", 100)
    runs.clear()
    correct(data, calibrated, pictures)
    assert len(runs) == len(parse(data).subgraphs[0].operators) < many


def test_the_same_files_and_pictures_give_the_same_bytes(calibrated, pictures):
    data = quantize(calibrated, "uint8")
    ones, others = (corrected(data, calibrated, pictures) for _ in range(2))
    assert ones == others


def test_rounds_that_do_harm_are_not_kept(calibrated, pictures, monkeypatch):
    plain = quantize(calibrated, "uint8")
    rounded = np.round
    monkeypatch.setattr("convert.graph.correction.np.round", lambda x: -rounded(x))
    data, correction = correct(plain, calibrated, pictures)
    monkeypatch.undo()
    assert correction.layers == 4
    np.testing.assert_equal(channel_means(data, pictures)[0], channel_means(plain, pictures)[0])


def test_layers_that_share_a_bias_get_each_its_own(calibrated, pictures):
    wrong = quantize(calibrated, "uint8")
    data, _ = corrected(wrong, calibrated, pictures)
    model = parse(data)
    graph = model.subgraphs[0]
    biases = [int(op.inputs[2]) for op in graph.operators if len(op.inputs) == 3]
    assert len(set(biases)) == len(biases) == 4
    first, second = (
        np.frombuffer(bytes(model.buffers[graph.tensors[index].buffer].data), np.int32)
        for index in biases[:2]
    )
    assert not np.array_equal(first, second)


def test_a_correct_file_stays_much_as_it_is(calibrated, pictures):
    data, _ = corrected(quantize(calibrated, "uint8"), calibrated, pictures)
    again, _ = corrected(data, calibrated, pictures)
    assert abs(len(again) - len(data)) <= 16
    ones, steps = channel_means(data, pictures)
    others, _ = channel_means(again, pictures)
    for one, other, step in zip(ones, others, steps, strict=True):
        assert np.abs(one - other).max() < step / 2


def test_a_file_of_another_network_stays_as_it_is(calibrated, pictures):
    other = quantize(calibrate(network(filters=5), pictures), "uint8")
    data, correction = corrected(other, calibrated, pictures)
    assert data == other
    assert correction.layers == 0
    assert correction.fault == "it has other layers than the float32 file"


@pytest.mark.parametrize(
    "work, timeout_s, words",
    [
        pytest.param(("os:abort",), 60, "a process at work on it died (SIGABRT", id="crash"),
        pytest.param(("time:sleep", 60), 0.5, "not finished within 0.5 s", id="too slow"),
        pytest.param(("operator:truediv", 1, 0), 60, "ZeroDivisionError: ", id="bug of ours"),
    ],
)
def test_no_failure_costs_the_file(calibrated, pictures, monkeypatch, work, timeout_s, words):
    plain = quantize(calibrated, "uint8")
    limits = []

    def fail(*_, timeout_s):
        limits.append(timeout_s)
        return run_in_child(*work, timeout_s=limit)

    limit = timeout_s
    monkeypatch.setattr("convert.graph.correction.run_in_child", fail)
    data, correction = corrected(plain, calibrated, pictures)
    assert data == plain
    assert limits == [600]
    assert correction.told().startswith("biases as converted, for correcting them failed: ")
    assert words in correction.fault and "\n" not in correction.fault


def test_a_fault_names_no_function_of_ours(calibrated, pictures, monkeypatch):
    plain = quantize(calibrated, "uint8")
    monkeypatch.setattr("convert.graph.correction._LONGEST_S", 0.01)
    _, correction = corrected(plain, calibrated, pictures)
    assert correction.fault.startswith("correcting them failed: not finished within 0.01 s; ")


def test_a_reference_that_does_not_run_leaves_the_file_as_it_is(calibrated, pictures):
    plain = quantize(calibrated, "uint8")
    data, correction = corrected(plain, calibrated, pictures[:, :, :5])
    assert data == plain
    assert correction.fault.startswith("the float32 file does not run (")


def test_more_pictures_than_needed_or_than_fit_are_not_looked_at(calibrated, pictures, monkeypatch):
    data = quantize(calibrated, "uint8")
    many = np.concatenate([pictures] * 3)
    assert corrected(data, calibrated, many)[1].pictures == 50
    # What the second convolution takes, and twice what it gives: 8x8 of 6 channels each.
    monkeypatch.setattr("convert.graph.correction._MOST_BYTES", 7 * 3 * 8 * 8 * 6)
    assert correct(data, calibrated, many)[1].pictures == 7


def test_wider_numbers_leave_room_for_fewer_pictures(calibrated, pictures, monkeypatch):
    monkeypatch.setattr("convert.graph.correction._MOST_BYTES", 9 * 3 * 8 * 8 * 6)
    wide, reference = convert_model(network(), "int16x8", pictures), calibrated
    assert correct(wide, reference, pictures)[1].pictures == 4
    floats = [name for name, kind in operator_outputs(calibrated) if kind == "CONV_2D"]
    kept = quantize(calibrated, "uint8", floats)
    assert correct(kept, calibrated, pictures)[1].pictures == 2


def test_memory_grows_by_no_more_than_is_counted(calibrated, pictures, monkeypatch):
    wide = convert_model(network(), "int16x8", pictures)
    many = np.concatenate([pictures] * 10)
    peaks = []
    tracemalloc.start()
    try:
        for count in (100, 100, 400):  # the first also meets what is read once and stays
            monkeypatch.setattr("convert.graph.correction._PICTURES_INT16", count)
            tracemalloc.reset_peak()
            assert correct(wide, calibrated, many)[1].pictures == count
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    counted = 3 * 8 * 8 * 6 * 2  # bytes of a picture, as above
    own = 8 * 8 * 3  # the picture itself
    assert peaks[2] - peaks[1] < 1.2 * 300 * (counted + own)


def test_pictures_of_all_classes_are_looked_at(calibrated, pictures, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "convert.graph.correction.run_in_child", lambda *args, **_: [seen.append(args[3])]
    )
    frames = (
        np.zeros((199, 8, 8, 3), np.uint8) + np.arange(199, dtype=np.uint8)[:, None, None, None]
    )
    corrected(b"", b"", frames)
    chosen = seen[0][:, 0, 0, 0].astype(int)
    assert len(chosen) == 50 and (chosen[0], chosen[-1]) == (0, 198)
    assert set(np.diff(chosen)) <= {4, 5}


def test_a_dense_layer_without_bias_gets_one(pictures):
    keras.utils.set_random_seed(0)
    pixels = keras.Input((8, 8, 3))
    x = layers.Flatten()(layers.Rescaling(1 / 255)(pixels))
    model = keras.Model(pixels, layers.Dense(5, use_bias=False, activation="softmax")(x))
    calibrated = calibrate(model, pictures)
    plain = quantize(calibrated, "uint8")
    data, correction = corrected(plain, calibrated, pictures)
    assert correction.layers == 1
    (wanted,), _ = channel_means(calibrated, pictures)
    (before,), _ = channel_means(plain, pictures)
    (after,), (step,) = channel_means(data, pictures)
    assert np.abs(after - wanted).max() < min(np.abs(before - wanted).max(), 0.05 * step)


def test_a_dense_layer_without_bias_gets_one_among_16_bits_too(pictures):
    pictures = pictures[:12]
    keras.utils.set_random_seed(0)
    pixels = keras.Input((8, 8, 3))
    x = layers.Flatten()(layers.Rescaling(1 / 255)(pixels))
    model = keras.Model(pixels, layers.Dense(5, use_bias=False, activation="softmax")(x))
    plain, reference = convert_model(model, "int16x8", pictures), convert_model(model, "float32")
    data, correction = corrected(plain, reference, pictures)
    assert correction == Correction(layers=1, pictures=12)
    graph = parse(data).subgraphs[0]
    (dense,) = (operator for operator in graph.operators if len(operator.inputs) == 3)
    assert graph.tensors[dense.inputs[2]].type == schema.TensorType.INT64
    (wanted,), _ = channel_means(reference, pictures)
    (before,), _ = channel_means(plain, pictures)
    (after,), _ = channel_means(data, pictures)
    assert np.abs(after - wanted).max() < np.abs(before - wanted).max() / 4


def test_16_bit_activations_are_corrected_too(pictures):
    pictures = pictures[:12]
    model = network()
    data, reference = convert_model(model, "int16x8", pictures), convert_model(model, "float32")
    better, correction = corrected(data, reference, pictures)
    assert correction.layers == 4
    wanted, _ = channel_means(reference, pictures)
    before, _ = channel_means(data, pictures)
    after, _ = channel_means(better, pictures)
    for float_means, raw, mended in zip(wanted, before, after, strict=True):
        assert np.abs(mended - float_means).max() < np.abs(raw - float_means).max() / 4


def test_an_operator_that_reads_no_picture_is_refused(calibrated):
    model = parse(quantize(calibrated, "uint8"))
    operator = model.subgraphs[0].operators[1]
    with pytest.raises(DataError, match="an operator of the network does not run by itself"):
        run_alone(model, operator, {})


def test_layers_kept_in_float_are_left_alone(calibrated, pictures):
    kept = [name for name, kind in operator_outputs(calibrated) if kind == "DEPTHWISE_CONV_2D"]
    _, correction = corrected(quantize(calibrated, "uint8", kept), calibrated, pictures)
    assert correction.layers == 3
