"""python -m convert.check: the page, its JSON, its exit codes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("flatbuffers")
schema = pytest.importorskip("ai_edge_litert.schema_py_generated")

from convert.check import main  # noqa: E402
from convert.compatibility.tiny import tiny_model  # noqa: E402
from edge.card import CARD_NAME, Card, GoldenFrame, append_files  # noqa: E402
from edge.cli import NOT_PASSED  # noqa: E402
from edge.runtime import installed  # noqa: E402


@pytest.fixture
def write(tmp_path):
    def write(data):
        path = tmp_path / "model.tflite"
        path.write_bytes(data)
        return str(path)

    return write


def with_golden(scores):
    """The tiny model with one golden frame, half grey, that shall give ``scores``."""
    frame = np.full((8, 8, 3), 128, np.uint8)
    card = Card(1, "center", "area", 1.0, 0.0, (GoldenFrame(frame, scores),), 0.1, {"note": "made"})
    return append_files(tiny_model(), {CARD_NAME: card.to_json()})


def test_page_of_our_file(digits_model, capsys):
    assert main([str(digits_model)]) == 0
    page = capsys.readouterr().out
    for part in ("1x32x32x1", "CONV_2D", "tflite-runtime 2.14", "Coral Edge TPU", "golden frames"):
        assert part in page
    assert "10: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in page
    assert max(map(len, page.splitlines())) <= 100


def test_json_of_our_file(digits_model, capsys):
    assert main([str(digits_model), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["taken"] is True
    (pixels,), (scores,) = facts["inputs"], facts["outputs"]
    assert (pixels["shape"], pixels["dtype"]) == ([1, 32, 32, 1], "uint8")
    assert (pixels["scale"], pixels["zero_point"]) == (1.0, 0)
    assert (scores["shape"], scores["scale"]) == ([1, 10], 1 / 256)
    assert facts["card"]["training"]["data"]["name"] == "digits"
    assert [trial["golden_frames"] for trial in facts["classifies"]] == [4] * len(installed())


def test_sizes_add_up_and_are_those_of_the_zip(digits_model, capsys):
    main([str(digits_model), "--json"])
    sizes = json.loads(capsys.readouterr().out)["bytes"]
    total = sizes.pop("file")
    assert total == digits_model.stat().st_size == sum(sizes.values())
    with zipfile.ZipFile(digits_model) as archive:
        assert sizes["card"] == archive.getinfo("card.json").file_size
        assert sizes["labels"] == archive.getinfo("labels.txt").file_size


def test_a_file_too_new_for_a_device_ends_with_a_code_of_its_own(write, capsys, monkeypatch):
    path = Path(write(tiny_model(operator=(schema.BuiltinOperator.FULLY_CONNECTED, 12))))
    monkeypatch.chdir(path.parent)  # so that the page is as wide wherever the tests run
    assert main([path.name]) == NOT_PASSED
    page = capsys.readouterr().out
    assert "FULLY_CONNECTED version 12; 2.14.0 has it up to 10" in page
    assert max(map(len, page.splitlines())) <= 100


def test_golden_frames_are_run(write, capsys):
    third = 1 / 3  # three equal averages, after the softmax that the classifier adds
    assert main([write(with_golden((third, third, third)))]) == 0
    assert "1 frame, scores 0.0000 apart at most" in capsys.readouterr().out
    assert main([write(with_golden((third, 0.9, third)))]) == NOT_PASSED
    assert "golden frame 1 differs by 0.57" in capsys.readouterr().out


def test_a_damaged_card_is_one_line(write, capsys):
    assert main([write(append_files(tiny_model(), {CARD_NAME: "{}"}))]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "its card is damaged" in captured.err


@pytest.mark.parametrize(
    "content, fault",
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"not a model at all", "not a TFLite model", id="text"),
        pytest.param(tiny_model()[:300], "damaged or cut short", id="cut"),
        pytest.param(b"\x1c\0\0\0TFL3" + b"\xff" * 200, "damaged or cut short", id="noise"),
    ],
)
def test_garbage_is_one_line(write, capsys, content, fault):
    assert main([write(content)]) == 1
    error = capsys.readouterr().err
    assert fault in error
    assert error.count("\n") == 1


def test_no_file_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.tflite")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "name, code",
    [
        ("coral_mobilenet_v1_0.25_128_quant", 0),
        ("coral_tf2_mobilenet_v2_1.0_224_ptq", 0),
        ("mlperf_tiny_resnet8_float", 0),
        ("mlperf_tiny_resnet8_int8", 0),
        ("mlperf_tiny_vww_96_int8", 0),
    ],
)
def test_files_of_others(name, code, capsys):
    path = Path(__file__).resolve().parents[3] / "shared" / "data" / "models" / f"{name}.tflite"
    if not path.exists():
        pytest.skip("../shared/data is absent")
    assert main([str(path)]) == code
    assert max(map(len, capsys.readouterr().out.splitlines()[1:])) <= 100
