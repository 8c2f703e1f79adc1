"""MediaPipe's ImageClassifier takes our file unchanged and says what we say.

Needs an environment with MediaPipe: `make test-mediapipe` makes one, or
EDGE_VISION_MEDIAPIPE_PYTHON names the Python of one.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

flatbuffers = pytest.importorskip("flatbuffers")
schema = pytest.importorskip("ai_edge_litert.schema_py_generated")

from convert.compatibility.graph import read_graph  # noqa: E402
from convert.compatibility.mediapipe import judge_mediapipe  # noqa: E402
from convert.compatibility.tiny import tiny_model  # noqa: E402
from edge.card import append_files  # noqa: E402
from edge.classifier import Classifier  # noqa: E402
from edge.preprocess import to_pixels  # noqa: E402

_REPOSITORY = Path(__file__).resolve().parents[2]
_SHARED = _REPOSITORY.parent / "shared" / "data"
_TIMEOUT_S = 300


@pytest.fixture(scope="module")
def mediapipe_python():
    """The Python of an environment with MediaPipe."""
    named = os.environ.get("EDGE_VISION_MEDIAPIPE_PYTHON")
    python = Path(named) if named else _REPOSITORY / ".venv" / "mediapipe" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{python} is absent: `make test-mediapipe` makes an environment for it")
    return python


@pytest.fixture
def ask(mediapipe_python, tmp_path):
    """MediaPipe's answers for pictures: (labels, indices and scores, best first), or its error."""

    def ask(model, pictures):
        np.save(tmp_path / "pictures.npy", pictures)
        answers = tmp_path / "answers.json"
        script = Path(__file__).parent / "mediapipe" / "classify.py"
        command = [mediapipe_python, script, model, tmp_path / "pictures.npy", answers]
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)
        return json.loads(answers.read_text())

    return ask


def compare(classifier, pictures, answers):
    """(share of equal labels, largest difference of a score) between us and MediaPipe."""
    equal, apart = 0, 0.0
    for picture, answer in zip(pictures, answers, strict=True):
        ours = classifier.classify(picture)
        label, index, _ = answer[0]
        # Ties may be told in another order: the label counts as equal where our score is the best.
        equal += label == classifier.labels[index] and ours.scores[index] == ours.scores.max()
        theirs = {index: score for _, index, score in answer}
        apart = max(apart, *(abs(theirs[i] - score) for i, score in enumerate(ours.scores)))
    return equal / len(pictures), apart


def test_shipped_file_on_200_real_pictures(ask):
    if not _SHARED.is_dir():
        pytest.skip("../shared/data is absent")
    with np.load(_SHARED / "cifar10.npz") as arrays:
        pictures = arrays["x_test"][:200]
    path = _REPOSITORY / "models" / "cifar10_int8.tflite"
    same, apart = compare(Classifier(path), pictures, ask(path, pictures))
    print(f"shipped file, n = {len(pictures)}: {same:.1%} equal, scores {apart:.4f} apart at most")
    assert same == 1


def test_larger_pictures_differ_by_the_resize_alone(ask):
    """MediaPipe samples where we average; what it shrinks itself may come out otherwise."""
    if not _SHARED.is_dir():
        pytest.skip("../shared/data is absent")
    with np.load(_SHARED / "cifar10.npz") as arrays:
        small = arrays["x_test"][:200]
    pictures = np.stack([cv2.resize(p, (240, 240), interpolation=cv2.INTER_CUBIC) for p in small])
    path = _REPOSITORY / "models" / "cifar10_int8.tflite"
    same, apart = compare(Classifier(path), pictures, ask(path, pictures))
    print(f"240x240, n = {len(pictures)}: {same:.1%} equal, scores {apart:.4f} apart at most")
    assert same >= 0.9


def test_fresh_conversion(ask, photos_model, photos):
    classifier = Classifier(photos_model)
    files = sorted(photos.rglob("*.png"))
    frames = [cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB) for file in files]
    pictures = np.stack([to_pixels(frame, classifier.input_spec) for frame in frames])
    same, apart = compare(classifier, pictures, ask(photos_model, pictures))
    print(f"fresh file, n = {len(pictures)}: {same:.1%} equal, scores {apart:.4f} apart at most")
    assert same == 1


def altered(change=lambda model: None, labels="red\ngreen\nblue\n"):
    """The tiny model after ``change``, with ``labels``; None leaves the labels out."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(tiny_model()), 0))
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    data = bytes(builder.Output())
    return data if labels is None else append_files(data, {"labels.txt": labels})


def with_types(name):
    def change(model):
        for tensor in model.subgraphs[0].tensors:
            tensor.type = getattr(schema.TensorType, name)

    return change


def grey(model):
    model.subgraphs[0].tensors[0].shape[-1] = 1
    model.subgraphs[0].tensors[1].shape[-1] = 1


def without_metadata(model):
    model.metadata = []


def with_new_operator(model):
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.ADD
    code.version = 19
    model.operatorCodes.append(code)


def float_without_metadata(model):
    with_types("FLOAT32")(model)
    without_metadata(model)


@pytest.mark.parametrize(
    "data, takes",
    [
        pytest.param(altered(), True, id="uint8"),
        pytest.param(altered(with_types("FLOAT32")), True, id="float32 with normalization"),
        pytest.param(altered(float_without_metadata), False, id="float32 without"),
        pytest.param(altered(with_types("INT8")), False, id="int8"),
        pytest.param(altered(grey), False, id="grey"),
        pytest.param(altered(without_metadata), True, id="no metadata, no names"),
        pytest.param(altered(labels=None), False, id="named labels are missing"),
        pytest.param(altered(labels="red\ngreen\n"), False, id="a label too few"),
        pytest.param(altered(with_new_operator), False, id="operator of the future"),
    ],
)
def test_rules_are_what_mediapipe_does(ask, tmp_path, data, takes):
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    answer = ask(path, np.zeros((1, 8, 8, 3), np.uint8))
    assert isinstance(answer, list) == takes, answer
    assert judge_mediapipe(read_graph(data), data).takes == takes
