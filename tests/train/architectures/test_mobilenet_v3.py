"""MobileNetV3: raw pixels in, its weights from Keras' files, and its form as an int8 file."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from convert.compatibility.edgetpu import judge_edgetpu
from convert.compatibility.graph import read_graph
from convert.compatibility.limits import beyond, limits_of
from convert.compatibility.trial import load_and_run
from convert.tflite import convert_model
from edge.errors import DataError, UsageError
from edge.runtime import installed
from train.architectures import classifier
from train.architectures.mobilenet_v3 import SIZES, SMALLEST_SIDE, alphas, build, without_top
from train.precision import dtype_policy
from train.weights import mobilenet_v3 as weights_module
from train.weights.mobilenet_v3 import load

SHAPE = (32, 32, 3)


def pixels(count=8):
    return np.random.default_rng(0).integers(0, 256, (count, *SHAPE)).astype(np.float32)


def settled(size, alpha=1.0):
    """Keras' network with random weights and norms that fit them."""
    keras.utils.set_random_seed(0)
    core = without_top(SHAPE, size, alpha)
    for layer in core.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # one batch decides the statistics, or features would vanish
    core(pixels(16) / 127.5 - 1, training=True)
    return core


@pytest.fixture(scope="module")
def backbone():
    """The small minimalistic one."""
    return build(SHAPE, "small-minimalistic", 1.0)


def write_legacy(path, model):
    """The format of the files that keras.applications downloads."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


@pytest.mark.parametrize("size, suffix", [("small", ".h5"), ("large-minimalistic", ".weights.h5")])
def test_weights_of_keras_applications_give_its_features(size, suffix, tmp_path):
    theirs, path = settled(size), tmp_path / f"theirs{suffix}"
    if suffix == ".weights.h5":
        theirs.save_weights(path)
    else:
        write_legacy(path, theirs)
    ours = build(SHAPE, size, 1.0)
    load(ours, size, 1.0, str(path))
    expected = theirs.predict_on_batch(pixels() / 127.5 - 1)
    assert expected.std() > 0.1
    assert ours.predict_on_batch(pixels()) == pytest.approx(expected, abs=1e-3)


def test_other_files_are_refused(backbone, tmp_path):
    path = tmp_path / "minimalistic.weights.h5"
    without_top(SHAPE, "small-minimalistic", 1.0).save_weights(path)
    for size, alpha in (("small", 1.0), ("small-minimalistic", 0.5)):
        told = rf"not the weights of mobilenet-v3-{size} at alpha {alpha:g}, without top \("
        with pytest.raises(DataError, match=told) as error:
            load(build(SHAPE, size, alpha), size, alpha, str(path))
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
    whole = path.read_bytes()
    for name, content in (
        ("text.weights.h5", b"hello"),
        ("half.weights.h5", whole[: len(whole) // 2]),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{name}: not the weights of mobilenet-v3-small-mini"):
            load(backbone, "small-minimalistic", 1.0, str(tmp_path / name))
    with pytest.raises(DataError, match=r"gone\.h5: no such file"):
        load(backbone, "small-minimalistic", 1.0, str(tmp_path / "gone.h5"))


def test_a_download_that_fails_is_one_line(backbone, monkeypatch):
    def fail(*_args, **_options):
        raise Exception("URL fetch failure")  # as keras.utils.get_file raises it

    monkeypatch.setattr(weights_module, "without_top", fail)
    told = r"^--weights imagenet: .*URL fetch failure.*--weights FILE"
    with pytest.raises(DataError, match=told):
        load(backbone, "small-minimalistic", 1.0, "imagenet")


def test_an_alpha_without_imagenet_weights_is_named(backbone):
    with pytest.raises(UsageError, match=r"--alpha: no ImageNet weights .* at 0\.75, but for 1\.0"):
        load(backbone, "small-minimalistic", 0.75, "imagenet")


@pytest.mark.parametrize("size", SIZES)
def test_smallest_side_is_the_smallest_that_builds(size):
    build((SMALLEST_SIDE, SMALLEST_SIDE, 3), size, min(alphas(size)))
    with pytest.raises(ValueError):
        build((SMALLEST_SIDE - 1, SMALLEST_SIDE - 1, 3), size, 1.0)


def test_bfloat16_leaves_the_normalisation_in_float32():
    with dtype_policy("mixed_bfloat16"):
        model = classifier.build(build(SHAPE, "small-minimalistic", 1.0), 3)
    assert model.get_layer("normalise").compute_dtype == "float32"
    assert model.get_layer("conv").compute_dtype == "bfloat16"
    assert model.predict_on_batch(pixels(2)).dtype == np.float32


@pytest.mark.parametrize("size", ["small", "small-minimalistic"])
def test_as_an_int8_file_it_runs_everywhere_but_for_hard_swish(size, tmp_path):
    model = classifier.build(build(SHAPE, size, 1.0), 3)
    data = convert_model(model, "int8", pixels().astype(np.uint8))
    graph = read_graph(data)
    names = [node.name for node in graph.nodes]
    assert names[:3] == ["QUANTIZE", "DEPTHWISE_CONV_2D", "CONV_2D"]
    normalised = graph.nodes[1].outputs[0]
    assert normalised.scales == pytest.approx([1 / 127.5], rel=1e-3)  # one step a grey level
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    for runtime in installed():
        assert load_and_run(str(path), runtime) is None
    assert beyond(graph, limits_of("tflite-runtime")) == ()
    assert ("HARD_SWISH" in names) == (size == "small")
    assert judge_edgetpu(graph).takes == (size == "small-minimalistic")
