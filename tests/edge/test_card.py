"""edge.card: what goes into the model file comes out of it, and damage is told."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from edge.card import CARD_NAME, Card, GoldenFrame, append_files, read_card, read_labels
from edge.errors import ModelFileError

MODEL = b"\x20\0\0\0TFL3" + bytes(range(256)) * 4


def card(**changes) -> Card:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    whole = Card(
        schema_version=1,
        crop="center",
        interpolation="area",
        temperature=1.25,
        unknown_threshold=0.4,
        golden=(GoldenFrame(pixels, (0.25, 0.75)),),
        golden_tolerance=0.05,
        facts={"accuracy": {"int8": 0.93, "n": 5007}, "note": "naïve"},
    )
    return whole._replace(**changes)


def test_a_card_reads_back_as_it_was_written():
    read = Card.from_json(card().to_json())
    assert read._replace(golden=()) == card(golden=())
    assert read.golden[0].scores == (0.25, 0.75)
    assert read.golden[0].pixels.dtype == np.uint8
    assert np.array_equal(read.golden[0].pixels, card().golden[0].pixels)


def test_facts_stand_beside_the_fields_in_the_json():
    fields = json.loads(card().to_json())
    assert fields["accuracy"] == {"int8": 0.93, "n": 5007}
    assert fields["golden"][0]["shape"] == [2, 3, 3]


def test_facts_may_not_hide_a_field():
    with pytest.raises(ValueError, match="temperature"):
        card(facts={"temperature": 3}).to_json()


def changed(**changes) -> str:
    return json.dumps(json.loads(card().to_json()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut short"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="nothing in it"),
        pytest.param(changed(crop="zoom"), id="unknown crop"),
        pytest.param(changed(interpolation="cubic"), id="unknown interpolation"),
        pytest.param(changed(temperature="hot"), id="temperature is a word"),
        pytest.param(changed(golden=[{"shape": [2, 3, 3]}]), id="golden frame without pixels"),
        pytest.param(
            changed(golden=[{"shape": [2, 3, 3], "pixels": "!", "scores": [1]}]), id="no base64"
        ),
        pytest.param(
            changed(golden=[{"shape": [2, 3, 3], "pixels": "AAAA", "scores": [1]}]), id="no zlib"
        ),
        pytest.param(
            changed(golden=[json.loads(card().to_json())["golden"][0] | {"shape": [9, 3, 3]}]),
            id="fewer pixels than the shape says",
        ),
        pytest.param(
            changed(golden=[json.loads(card().to_json())["golden"][0] | {"shape": [1, 3, 3]}]),
            id="more pixels than the shape says",
        ),
    ],
)
def test_a_damaged_card_is_told(text):
    with pytest.raises(ModelFileError, match=r"m\.tflite: its card is damaged .*; copy"):
        Card.from_json(text, source="m.tflite")


def test_a_card_of_the_future_asks_for_newer_software():
    with pytest.raises(ModelFileError, match=r"version 2, .* update the software"):
        Card.from_json(changed(schema_version=2))


def test_files_travel_behind_the_model(tmp_path):
    data = append_files(MODEL, {"labels.txt": "cat\ndög\n", CARD_NAME: card().to_json()})
    assert data.startswith(MODEL)
    path = tmp_path / "m.tflite"
    path.write_bytes(data)
    assert read_labels(path) == ("cat", "dög")
    found = read_card(path)
    assert found is not None and found.temperature == 1.25
    assert zipfile.ZipFile(path).testzip() is None


def test_numbers_are_no_part_of_the_names_but_in_our_own_files(tmp_path):
    path, labels = tmp_path / "coins.tflite", {"labels.txt": "1 cent\n2 cent\n"}
    path.write_bytes(append_files(MODEL, labels))
    assert read_labels(path) == ("cent", "cent")
    path.write_bytes(append_files(MODEL, labels | {CARD_NAME: card().to_json()}))
    assert read_labels(path) == ("1 cent", "2 cent")


def test_the_same_files_give_the_same_bytes_on_any_day():
    files = {"labels.txt": "cat\n", CARD_NAME: card().to_json()}
    assert append_files(MODEL, files) == append_files(MODEL, files)
    entry = zipfile.ZipFile(io.BytesIO(append_files(MODEL, files))).infolist()[0]
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert entry.create_system == 3


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        pytest.param(6, b"\x63\x00", id="a zip of version 9.9"),
        pytest.param(8, b"\x01\x00", id="encrypted"),
        pytest.param(10, b"\x63\x00", id="a compression that nobody has"),
        pytest.param(20, b"\xff\xff\x0f\x00" * 2, id="larger than the file"),
        pytest.param(46, b"\xff", id="a name that is no UTF-8"),
    ],
)
def test_a_damaged_directory_of_texts_is_the_files_fault(offset: int, value: bytes, tmp_path):
    data = bytearray(append_files(MODEL, {"läbels.txt": "cat\ndog\n"}))
    entry = data.rindex(b"PK\x01\x02") + offset
    data[entry : entry + len(value)] = value
    path = tmp_path / "m.tflite"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=r"m\.tflite: .* inside it cannot be read .*; copy"):
        read_labels(path)


def test_files_join_those_that_are_there(tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(append_files(append_files(MODEL, {"labels.txt": "a\nb"}), {"x.json": "{}"}))
    assert zipfile.ZipFile(path).namelist() == ["labels.txt", "x.json"]
    with pytest.raises(ValueError, match=r"labels\.txt"):
        append_files(path.read_bytes(), {"labels.txt": "c"})


def test_labels_txt_comes_before_other_text_files(tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(append_files(MODEL, {"about.txt": "hello", "labels.txt": "a\nb"}))
    assert read_labels(path) == ("a", "b")
    path.write_bytes(append_files(MODEL, {"card.json": "{}", "imagenet_labels.txt": "x\ny"}))
    assert read_labels(path) == ("x", "y")


def test_a_plain_model_has_neither(tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(MODEL)
    assert read_card(path) is None
    assert read_labels(path) is None


def test_a_changed_byte_inside_an_entry_is_told(tmp_path):
    data = append_files(MODEL, {"labels.txt": "cat\ndog\n"})
    path = tmp_path / "m.tflite"
    path.write_bytes(data.replace(b"dog", b"hog"))
    with pytest.raises(ModelFileError, match=r"m\.tflite: labels\.txt inside it cannot be read"):
        read_labels(path)
