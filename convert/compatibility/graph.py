"""The graph of a .tflite file as the rules of compatibility look at it: tensors and operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

METADATA_ENTRY = "TFLITE_METADATA"


def _names(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if not name.startswith("_")}


OPERATOR_NAMES = _names(schema.BuiltinOperator)
TYPE_NAMES = {value: name.lower() for value, name in _names(schema.TensorType).items()}
_CUSTOM = schema.BuiltinOperator.CUSTOM


@dataclass(frozen=True)
class Tensor:
    """One tensor of the graph."""

    name: str
    type: str  # "int8", "float32" ...
    shape: tuple[int, ...]  # as stored; -1 where the length is free
    scales: tuple[float, ...]  # one a channel, or one for all; empty: not quantized
    zero_points: tuple[int, ...]
    is_constant: bool  # a weight: its values are in the file


@dataclass(frozen=True)
class Node:
    """One operator at its place in the graph."""

    name: str  # "CONV_2D"; a custom operator's own name
    version: int
    is_custom: bool
    inputs: tuple[Tensor, ...]  # those that are given; optional ones may be absent
    outputs: tuple[Tensor, ...]
    has_activation: bool  # pooling and concatenation only: an activation function is fused into it


@dataclass(frozen=True)
class Graph:
    """What a .tflite file computes, and the standard metadata that it carries."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    nodes: tuple[Node, ...]  # of all subgraphs, in the order in which they run
    # (name, version) also of operators that are listed, but used nowhere: runtimes look at the list
    listed: tuple[tuple[str, int], ...]
    metadata: bytes | None  # the buffer that TFLITE_METADATA names


def read_graph(data: bytes) -> Graph:
    """The graph in the bytes of a .tflite file, which are trusted: see edge.modelfile."""
    model = schema.Model.GetRootAs(data, 0)
    codes = [_operator_code(model.OperatorCodes(i)) for i in range(model.OperatorCodesLength())]
    constant = [model.Buffers(i).DataLength() > 0 for i in range(model.BuffersLength())]
    nodes: list[Node] = []
    ends: list[tuple[tuple[Tensor, ...], tuple[Tensor, ...]]] = []
    for number in range(model.SubgraphsLength()):
        subgraph = model.Subgraphs(number)
        tensors = [_tensor(subgraph.Tensors(i), constant) for i in range(subgraph.TensorsLength())]
        ends.append(
            (_pick(tensors, subgraph.InputsAsNumpy()), _pick(tensors, subgraph.OutputsAsNumpy()))
        )
        nodes += _nodes(subgraph, tensors, codes)
    listed = tuple(sorted({(name, version) for name, version, _ in codes}))
    return Graph(*ends[0], tuple(nodes), listed, _metadata(model))


def _nodes(subgraph: Any, tensors: list[Tensor], codes: list[Any]) -> Iterator[Node]:
    for number in range(subgraph.OperatorsLength()):
        operator = subgraph.Operators(number)
        name, version, is_custom = codes[operator.OpcodeIndex()]
        yield Node(
            name,
            version,
            is_custom,
            _pick(tensors, operator.InputsAsNumpy()),
            _pick(tensors, operator.OutputsAsNumpy()),
            _has_activation(operator),
        )


def _operator_code(entry: Any) -> tuple[str, int, bool]:
    # Old files know the int8 field alone; newer ones fill both, capped at 127 in the old one.
    code = max(entry.DeprecatedBuiltinCode(), entry.BuiltinCode())
    if code == _CUSTOM:
        return (entry.CustomCode() or b"").decode("utf-8", "replace"), entry.Version(), True
    return OPERATOR_NAMES.get(code, f"operator {code}"), entry.Version(), False


def _tensor(entry: Any, constant: list[bool]) -> Tensor:
    shape = entry.ShapeSignatureAsNumpy() if entry.ShapeSignatureLength() else entry.ShapeAsNumpy()
    quantization = entry.Quantization()
    return Tensor(
        name=(entry.Name() or b"").decode("utf-8", "replace"),
        type=TYPE_NAMES.get(entry.Type(), f"type {entry.Type()}"),
        shape=_integers(shape),
        scales=tuple(float(v) for v in _vector(quantization and quantization.ScaleAsNumpy())),
        zero_points=_integers(quantization and quantization.ZeroPointAsNumpy()),
        is_constant=constant[entry.Buffer()] if entry.Buffer() < len(constant) else False,
    )


def _has_activation(operator: Any) -> bool:
    classes = {
        schema.BuiltinOptions.Pool2DOptions: schema.Pool2DOptions,
        schema.BuiltinOptions.ConcatenationOptions: schema.ConcatenationOptions,
    }
    table, class_ = operator.BuiltinOptions(), classes.get(operator.BuiltinOptionsType())
    if table is None or class_ is None:
        return False
    options = class_()
    options.Init(table.Bytes, table.Pos)
    return bool(options.FusedActivationFunction() != schema.ActivationFunctionType.NONE)


def _metadata(model: Any) -> bytes | None:
    for number in range(model.MetadataLength()):
        entry = model.Metadata(number)
        if entry.Name() == METADATA_ENTRY.encode() and entry.Buffer() < model.BuffersLength():
            return bytes(_vector(model.Buffers(entry.Buffer()).DataAsNumpy()))
    return None


def _pick(tensors: list[Tensor], numbers: Any) -> tuple[Tensor, ...]:
    return tuple(tensors[n] for n in _integers(numbers) if 0 <= n < len(tensors))


def _integers(values: Any) -> tuple[int, ...]:
    return tuple(int(value) for value in _vector(values))


def _vector(values: Any) -> Any:
    # The generated code gives 0 or None for a vector that is absent.
    return values if isinstance(values, np.ndarray) else ()
