"""The standard TFLite Metadata of an image classifier, so that other tools understand the file.

Specification: https://www.tensorflow.org/lite/models/convert/metadata (schema 1.1). Labels and card
are files in the zip that the format appends; edge.card reads them with the standard library.
"""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from convert import metadata_schema_py_generated as meta
from convert.graph.sharing import MODEL_IDENTIFIER, SharingBuilder
from edge.card import CARD_NAME, LABELS_NAME

_ENTRY = "TFLITE_METADATA"
_METADATA_IDENTIFIER = b"M001"
_MIN_PARSER_VERSION = "1.0.0"  # nothing in it is newer


def with_metadata(model_bytes: bytes, *, name: str, description: str, channels: int) -> bytes:
    """The model with standard metadata: pixels in, a probability for each label out."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(model_bytes)))
    buffer = schema.BufferT()
    packed = _pack(_classifier(name, description, channels), _METADATA_IDENTIFIER)
    buffer.data = np.frombuffer(packed, np.uint8)
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = _ENTRY, len(model.buffers) - 1
    others = [old for old in model.metadata or [] if old.name not in (_ENTRY, _ENTRY.encode())]
    model.metadata = [*others, entry]
    return _pack(model, MODEL_IDENTIFIER)


def _classifier(name: str, description: str, channels: int) -> meta.ModelMetadataT:
    graph = meta.SubGraphMetadataT()
    graph.name = name
    graph.inputTensorMetadata = [_pixels(channels)]
    graph.outputTensorMetadata = [_probabilities()]
    metadata = meta.ModelMetadataT()
    metadata.name, metadata.description = name, description
    metadata.subgraphMetadata = [graph]
    card = _file(CARD_NAME, "how it was made and measured", meta.AssociatedFileType.DESCRIPTIONS)
    metadata.associatedFiles = [card]
    metadata.minParserVersion = _MIN_PARSER_VERSION
    return metadata


def _pixels(channels: int) -> meta.TensorMetadataT:
    """The input: raw pixels, as the graph normalises by itself."""
    image = meta.ImagePropertiesT()
    image.colorSpace = meta.ColorSpaceType.RGB if channels == 3 else meta.ColorSpaceType.GRAYSCALE
    tensor = meta.TensorMetadataT()
    tensor.name, tensor.description = "image", "Pixels from 0 to 255; the graph normalises them."
    tensor.content = meta.ContentT()
    tensor.content.contentPropertiesType = meta.ContentProperties.ImageProperties
    tensor.content.contentProperties = image
    options = meta.NormalizationOptionsT()
    options.mean, options.std = [0.0], [1.0]
    unit = meta.ProcessUnitT()
    unit.optionsType = meta.ProcessUnitOptions.NormalizationOptions
    unit.options = options
    tensor.processUnits = [unit]
    tensor.stats = meta.StatsT()
    tensor.stats.min, tensor.stats.max = [0.0], [255.0]
    return tensor


def _probabilities() -> meta.TensorMetadataT:
    tensor = meta.TensorMetadataT()
    tensor.name, tensor.description = "probability", "One probability a label."
    tensor.content = meta.ContentT()
    tensor.content.contentPropertiesType = meta.ContentProperties.FeatureProperties
    tensor.content.contentProperties = meta.FeaturePropertiesT()
    tensor.stats = meta.StatsT()
    tensor.stats.min, tensor.stats.max = [0.0], [1.0]
    labels = _file(LABELS_NAME, "one label a line", meta.AssociatedFileType.TENSOR_AXIS_LABELS)
    tensor.associatedFiles = [labels]
    return tensor


def _file(name: str, description: str, kind: int) -> meta.AssociatedFileT:
    file = meta.AssociatedFileT()
    file.name, file.description, file.type = name, description, kind
    return file


def _pack(root: schema.ModelT | meta.ModelMetadataT, identifier: bytes) -> bytes:
    builder = SharingBuilder(1024)
    builder.Finish(root.Pack(builder), file_identifier=identifier)
    return bytes(builder.Output())
