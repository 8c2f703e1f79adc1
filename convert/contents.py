"""What a .tflite file holds, part by part: sizes, tensors, labels, card."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convert.compatibility.graph import Graph, Tensor
from edge.card import CARD_NAME, Card, read_card, read_labels


def contents(path: Path, data: bytes, graph: Graph) -> dict[str, Any]:
    """Sizes in bytes, input and output tensors, labels and the card of the file, as JSON values.

    Raises ModelFileError for labels or a card that are damaged.
    """
    card = read_card(path, data)
    labels = read_labels(path, data)
    return {
        "bytes": _sizes(data, graph),
        "inputs": [_tensor(tensor) for tensor in graph.inputs],
        "outputs": [_tensor(tensor) for tensor in graph.outputs],
        "labels": None if labels is None else list(labels),
        "card": None if card is None else _card(card),
    }


def _sizes(data: bytes, graph: Graph) -> dict[str, int]:
    """Bytes of each part; ``zip`` is what the archive at the end adds to what it holds."""
    metadata = len(graph.metadata or b"")
    stream = io.BytesIO(data)
    if not zipfile.is_zipfile(stream):
        return {"file": len(data), "graph": len(data) - metadata, "metadata": metadata}
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
    held = {entry.filename: entry.compress_size for entry in entries}
    start = min((entry.header_offset for entry in entries), default=len(data))
    parts = {
        "file": len(data),
        "graph": start - metadata,
        "metadata": metadata,
        "labels": sum(size for name, size in held.items() if name.endswith(".txt")),
        "card": held.get(CARD_NAME, 0),
    }
    return parts | {"zip": len(data) - start - parts["labels"] - parts["card"]}


def _tensor(tensor: Tensor) -> dict[str, Any]:
    is_quantized = len(tensor.scales) > 0
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.type,
        "scale": tensor.scales[0] if is_quantized else None,
        "zero_point": (tensor.zero_points or (0,))[0] if is_quantized else None,
    }


def _card(card: Card) -> Mapping[str, Any]:
    """The card without the golden frames' pixels and scores, which nobody reads."""
    return {
        "schema_version": card.schema_version,
        "crop": card.crop,
        "interpolation": card.interpolation,
        "temperature": card.temperature,
        "unknown_threshold": card.unknown_threshold,
        "golden_frames": len(card.golden),
        "golden_tolerance": card.golden_tolerance,
        **card.facts,
    }
