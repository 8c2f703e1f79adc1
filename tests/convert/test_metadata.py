"""convert.metadata: other tools read what the standard says about the file."""

from __future__ import annotations

import json
import zipfile

import pytest
from ai_edge_litert import schema_py_generated as schema

from convert import metadata_schema_py_generated as meta
from convert.metadata import with_metadata
from edge.modelfile import read_model_file


def parsed(data):
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data)))


def metadata_bytes(data):
    """The buffer that the entry TFLITE_METADATA names."""
    model = parsed(data)
    (entry,) = [e for e in model.metadata if e.name == b"TFLITE_METADATA"]
    return bytes(model.buffers[entry.buffer].data)


def metadata(path):
    root = meta.ModelMetadata.GetRootAs(metadata_bytes(path.read_bytes()))
    return meta.ModelMetadataT.InitFromObj(root)


def test_identifiers_and_version_are_the_standards(digits_model):
    data = digits_model.read_bytes()
    assert data[4:8] == b"TFL3"
    assert metadata_bytes(data)[4:8] == b"M001"
    assert metadata(digits_model).minParserVersion == b"1.0.0"


def test_it_says_what_the_model_is(digits_model):
    written = metadata(digits_model)
    assert written.name == b"digits"
    assert written.description == b"Image classifier with 10 classes."


@pytest.mark.parametrize("model, colours", [("digits_model", "GRAYSCALE"), ("photos_model", "RGB")])
def test_the_input_is_raw_pixels(model, colours, request):
    (tensor,) = metadata(request.getfixturevalue(model)).subgraphMetadata[0].inputTensorMetadata
    image = tensor.content.contentProperties
    assert image.colorSpace == getattr(meta.ColorSpaceType, colours)
    (unit,) = tensor.processUnits
    assert (list(unit.options.mean), list(unit.options.std)) == ([0], [1])
    assert (list(tensor.stats.min), list(tensor.stats.max)) == ([0], [255])


def test_the_output_is_named_by_the_labels_file(digits_model):
    (tensor,) = metadata(digits_model).subgraphMetadata[0].outputTensorMetadata
    (labels,) = tensor.associatedFiles
    assert labels.name == b"labels.txt"
    assert labels.type == meta.AssociatedFileType.TENSOR_AXIS_LABELS
    with zipfile.ZipFile(digits_model) as archive:
        assert archive.namelist() == ["labels.txt", "card.json"]
        assert archive.read("labels.txt").decode().split() == list("0123456789")


def test_the_card_is_named_and_there(photos_model):
    (card,) = metadata(photos_model).associatedFiles
    assert card.name == b"card.json"
    with zipfile.ZipFile(photos_model) as archive:
        assert json.loads(archive.read("card.json"))["schema_version"] == 1


def test_the_graph_stays_what_it_was(digits_model):
    data = digits_model.read_bytes()
    again = with_metadata(data, name="other", description="text", channels=1)
    before, after = parsed(data), parsed(again)
    assert len(after.subgraphs[0].operators) == len(before.subgraphs[0].operators)
    assert [t.shape.tolist() for t in after.subgraphs[0].tensors] == [
        t.shape.tolist() for t in before.subgraphs[0].tensors
    ]


def test_metadata_are_replaced_not_doubled(digits_model):
    again = with_metadata(digits_model.read_bytes(), name="other", description="", channels=1)
    names = [entry.name for entry in parsed(again).metadata]
    assert names.count(b"TFLITE_METADATA") == 1
    root = meta.ModelMetadata.GetRootAs(metadata_bytes(again))
    assert root.Name() == b"other"


def test_the_same_input_gives_the_same_bytes(digits_model):
    data = digits_model.read_bytes()
    first, second = (with_metadata(data, name="n", description="d", channels=3) for _ in range(2))
    assert first == second


def test_the_device_reads_the_normalisation(photos_model):
    read = read_model_file(photos_model).normalization
    assert (read.mean, read.std) == ((0.0,), (1.0,))
