"""convert.golden: frames whose scores give a faulty device away."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from convert.golden import TOLERANCE, draw, make_golden, sensitivity, sway
from convert.metadata import _pack
from edge.card import CARD_NAME, GoldenFrame, append_files, read_card
from edge.classifier import Classifier
from edge.errors import ModelFileError


def bare(path: Path) -> bytes:
    """The model without its labels and card."""
    with zipfile.ZipFile(path) as archive:
        return path.read_bytes()[: min(info.header_offset for info in archive.infolist())]


def with_frames(path: Path, target: Path, change) -> Path:
    """The same model; ``change`` is what the device does to each golden frame's pixels."""
    card = read_card(path)
    frames = tuple(GoldenFrame(change(frame.pixels), frame.scores) for frame in card.golden)
    target.write_bytes(
        append_files(bare(path), {CARD_NAME: card._replace(golden=frames).to_json()})
    )
    return target


def test_a_sound_file_passes(photos_model):
    assert Classifier(photos_model).verify_golden() <= 0.01
    assert len(read_card(photos_model).golden) == 4


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda pixels: pixels[:, :, ::-1], id="red and blue swapped"),
        pytest.param(lambda pixels: pixels + np.uint8(128), id="uint8 read as int8"),
        pytest.param(lambda pixels: pixels * np.uint8(0), id="pixels scaled to 0..1"),
    ],
)
def test_a_faulty_device_is_told(photos_model, tmp_path, fault):
    faulty = with_frames(photos_model, tmp_path / "m.tflite", fault)
    with pytest.raises(ModelFileError, match=r"golden frame \d differs by .*wrong colour order"):
        Classifier(faulty)


def test_a_shifted_zero_point_in_the_file_is_told(photos_model, tmp_path):
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(bare(photos_model))))
    graph = model.subgraphs[0]
    graph.tensors[graph.inputs[0]].quantization.zeroPoint = [128]
    card = read_card(photos_model).to_json()
    (tmp_path / "m.tflite").write_bytes(append_files(_pack(model, b"TFL3"), {CARD_NAME: card}))
    with pytest.raises(ModelFileError):
        Classifier(tmp_path / "m.tflite")


def brightness(frame):
    """A two-class model whose first score is how red the frame is."""
    red = frame[:, :, 0].mean() / 255
    return np.array([red, 1 - red], np.float32)


def test_the_seed_decides_the_frames():
    first = make_golden([brightness], 24, 24, seed=0)
    again = make_golden([brightness], 24, 24, seed=0)
    other = make_golden([brightness], 24, 24, seed=1)
    assert [f.pixels.tobytes() for f in first] == [f.pixels.tobytes() for f in again]
    assert [f.pixels.tobytes() for f in first] != [f.pixels.tobytes() for f in other]


def test_frames_are_wider_than_the_input_so_that_the_crop_counts():
    (frame, *_) = make_golden([brightness], 24, 24, seed=0)
    assert frame.pixels.shape == (24, 32, 3)
    assert frame.scores == pytest.approx(brightness(frame.pixels), abs=1e-6)


def test_the_chosen_frames_are_more_telling_than_most():
    rng = np.random.default_rng(5)
    usual = np.median([sensitivity(brightness, draw(rng, 32, 24)) for _ in range(40)])
    chosen = [sensitivity(brightness, f.pixels) for f in make_golden([brightness], 24, 24, 0)]
    assert min(chosen) > usual
    assert min(chosen) > TOLERANCE


def test_sensitivity_is_that_of_the_least_visible_fault():
    grey = np.full((16, 16, 3), 100, np.uint8)
    assert sensitivity(brightness, grey) == 0  # swapped colours do not show on grey
    red = grey.copy()
    red[:, :, 0] = 150
    # Swapped: 100 for 150. Shifted: 150 + 128 = 22. Dark: 0. White: 255. The least is 50 / 255.
    assert sensitivity(brightness, red) == pytest.approx(50 / 255, abs=1e-6)
    red[:, :, 0] = 230
    assert sensitivity(brightness, red) == pytest.approx(25 / 255, abs=1e-6)  # white


def test_sway_is_small_where_nothing_is_wrong():
    black = np.zeros((16, 16, 3), np.uint8)
    assert sway([brightness], black) == pytest.approx(1 / 255, abs=1e-6)
    other = [brightness, lambda frame: brightness(frame) + np.float32(0.25)]
    assert sway(other, black) == pytest.approx(0.25, abs=1e-6)  # runtimes that disagree
