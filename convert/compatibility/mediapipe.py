"""MediaPipe Tasks: whether its ImageClassifier takes the file, and with names for the classes.

Rules: found by trying files of each kind on MediaPipe 1.2.2, as docs/compatibility.md tells; the
operator versions and tensor types in versions.json were tried on it, too.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

from convert import metadata_schema_py_generated as meta
from convert.compatibility.graph import Graph
from convert.compatibility.limits import beyond, limits_of
from convert.compatibility.verdict import Verdict

TARGET = "MediaPipe Tasks"

_TYPES = ("float32", "uint8")  # of the input and of the output; not int8
_NO_NAMES = "names no classes: the file has no metadata with labels"


@dataclass(frozen=True)
class _Stated:
    """What of the standard metadata MediaPipe acts on."""

    normalizes: bool  # NormalizationOptions for the input
    is_grey: bool
    label_files: tuple[str, ...]


def judge_mediapipe(graph: Graph, data: bytes) -> Verdict:
    """Whether MediaPipe's ImageClassifier classifies with the file of these bytes."""
    limits = limits_of("mediapipe")
    stated = _stated(graph.metadata)
    names = _label_fault(graph, stated, data)
    faults = (*_tensor_faults(graph, stated), *beyond(graph, limits))
    if names and stated.label_files:
        faults += (names,)
    basis = f"rules and operators tried on {limits.version}; not run here"
    return Verdict(TARGET, not faults, faults or ((names,) if names else ()), basis)


def _tensor_faults(graph: Graph, stated: _Stated) -> list[str]:
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return [f"takes {len(graph.inputs)} inputs, {len(graph.outputs)} outputs; wants one each"]
    (pixels,), (scores,) = graph.inputs, graph.outputs
    faults = []
    if len(pixels.shape) != 4 or pixels.shape[-1] != 3 or stated.is_grey:
        faults.append(f"takes {_shape(pixels.shape)}; ImageClassifier takes RGB pictures only")
    if pixels.type not in _TYPES:
        faults.append(f"{pixels.type} input; it takes uint8 or float32")
    if scores.type not in _TYPES:
        faults.append(f"{scores.type} output; it takes uint8 or float32")
    if pixels.type == "float32" and not stated.normalizes:
        faults.append("float32 input without NormalizationOptions in its metadata")
    return faults


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _label_fault(graph: Graph, stated: _Stated, data: bytes) -> str:
    """Why the classes would have no names, "" when they have; labels count one a line."""
    if not stated.label_files:
        return _NO_NAMES
    name, classes = stated.label_files[0], graph.outputs[0].shape[-1] if graph.outputs else 0
    stream = io.BytesIO(data)
    try:
        with zipfile.ZipFile(stream) as archive:
            labels = archive.read(name).decode("utf-8", "replace").splitlines()
    except (zipfile.BadZipFile, KeyError):
        return f"its metadata name {name}, which is not in the file"
    return "" if len(labels) == classes else f"{len(labels)} labels for {classes} outputs"


def _stated(metadata: bytes | None) -> _Stated:
    if metadata is None:
        return _Stated(False, False, ())
    root = meta.ModelMetadataT.InitFromObj(meta.ModelMetadata.GetRootAs(metadata, 0))
    graphs = root.subgraphMetadata or []
    inputs: list[Any] = (graphs[0].inputTensorMetadata or []) if graphs else []
    outputs: list[Any] = (graphs[0].outputTensorMetadata or []) if graphs else []
    units = (inputs[0].processUnits or []) if inputs else []
    files = (outputs[0].associatedFiles or []) if outputs else []
    labels = meta.AssociatedFileType.TENSOR_AXIS_LABELS
    return _Stated(
        any(u.optionsType == meta.ProcessUnitOptions.NormalizationOptions for u in units),
        bool(inputs) and _is_grey(inputs[0]),
        tuple(file.name.decode("utf-8", "replace") for file in files if file.type == labels),
    )


def _is_grey(tensor: Any) -> bool:
    properties = tensor.content.contentProperties if tensor.content else None
    colours = getattr(properties, "colorSpace", meta.ColorSpaceType.UNKNOWN)
    return bool(colours == meta.ColorSpaceType.GRAYSCALE)
