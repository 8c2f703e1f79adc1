"""A classifier of two hundred bytes, complete with metadata, to which anything can be added."""

from __future__ import annotations

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from convert.metadata import with_metadata
from edge.card import LABELS_NAME, append_files

_SIDE = 8


def tiny_model(operator: tuple[int, int] | None = None, type_: int | None = None) -> bytes:
    """A file that averages (1, 8, 8, 3) uint8 pixels into three scores, with their labels.

    ``operator`` (builtin code, version) is listed in it, ``type_`` is the type of one more tensor;
    neither is used, but a runtime that does not have them refuses the file.
    """
    model = schema.ModelT()
    model.version, model.description = 3, "made to try a runtime"
    model.buffers = [schema.BufferT()]
    model.operatorCodes = [_code(schema.BuiltinOperator.AVERAGE_POOL_2D, 1)]
    if operator is not None:
        model.operatorCodes.append(_code(*operator))
    model.subgraphs = [_subgraph(type_)]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    described = with_metadata(
        bytes(builder.Output()), name="tiny", description="Averages pixels.", channels=3
    )
    return append_files(described, {LABELS_NAME: "red\ngreen\nblue\n"})


def _code(number: int, version: int) -> schema.OperatorCodeT:
    code = schema.OperatorCodeT()
    code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), version
    return code


def _subgraph(type_: int | None) -> schema.SubGraphT:
    graph = schema.SubGraphT()
    uint8 = schema.TensorType.UINT8
    graph.tensors = [
        _tensor("pixels", [1, _SIDE, _SIDE, 3], uint8, scale=1 / 255),
        _tensor("scores", [1, 1, 1, 3], uint8, scale=1 / 255),
    ]
    if type_ is not None:
        graph.tensors.append(_tensor("unused", [1], type_))
    graph.inputs, graph.outputs = [0], [1]
    pool = schema.OperatorT()
    pool.inputs, pool.outputs = [0], [1]
    pool.builtinOptionsType = schema.BuiltinOptions.Pool2DOptions
    pool.builtinOptions = schema.Pool2DOptionsT()
    pool.builtinOptions.padding = schema.Padding.VALID
    pool.builtinOptions.strideW = pool.builtinOptions.strideH = 1
    pool.builtinOptions.filterWidth = pool.builtinOptions.filterHeight = _SIDE
    graph.operators = [pool]
    return graph


def _tensor(name: str, shape: list[int], type_: int, scale: float | None = None) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type = name, shape, type_
    if scale is not None:
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [0]
    return tensor
