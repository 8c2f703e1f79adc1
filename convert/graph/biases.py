"""Give dense layers a bias: small int8 ones need it for tflite-runtime on ARM."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from convert.graph.flatbuffer import BIAS, kind_of, pack, parse
from edge.modelfile import FEWEST_OUTPUTS_WITHOUT_BIAS

_BIAS_TYPES = {  # by the type of the layer's input, and how many bytes each number takes
    schema.TensorType.INT8: (schema.TensorType.INT32, 4),
    schema.TensorType.INT16: (schema.TensorType.INT64, 8),
}


def with_biases(data: bytes | bytearray) -> bytes:
    """The same network; int8 dense layers that would crash tflite-runtime get a bias of zeros.

    The converter leaves a bias of zeros out, as of a layer made without one. On ARM, tflite-runtime
    2.14 reads it all the same where a layer has fewer than four outputs and a scale for each.
    """
    model = parse(data)
    in_need = [
        (graph, operator)
        for graph in model.subgraphs
        for operator in graph.operators
        if lacks_bias(model, graph, operator) and _crashes(graph, operator)
    ]
    if not in_need:
        return bytes(data)
    for graph, operator in in_need:
        add_bias(model, graph, operator)
    return pack(model)


def lacks_bias(model: schema.ModelT, graph: schema.SubGraphT, operator: schema.OperatorT) -> bool:
    """Whether it is a dense layer that computes in integers and has no bias."""
    if kind_of(model, operator) != schema.BuiltinOperator.FULLY_CONNECTED:
        return False
    values, weights, *bias = (int(number) for number in operator.inputs)
    if any(number >= 0 for number in bias):
        return False
    tensors = graph.tensors[values], graph.tensors[weights]
    kinds = _BIAS_TYPES, (schema.TensorType.INT8,)
    return all(
        tensor.type in kind
        and tensor.quantization is not None
        and tensor.quantization.scale is not None
        for tensor, kind in zip(tensors, kinds, strict=True)
    )


def add_bias(model: schema.ModelT, graph: schema.SubGraphT, operator: schema.OperatorT) -> None:
    """Give a dense layer that ``lacks_bias`` one of zeros."""
    values, weights = (int(number) for number in operator.inputs[:BIAS])
    graph.tensors.append(_zeros(model, graph.tensors[weights], graph.tensors[values]))
    operator.inputs = np.array([values, weights, len(graph.tensors) - 1], np.int32)


def _crashes(graph: schema.SubGraphT, operator: schema.OperatorT) -> bool:
    """Whether tflite-runtime on ARM would read the bias that is not there."""
    values, kernel = (graph.tensors[number] for number in operator.inputs[:BIAS])
    outputs = int(kernel.shape[0])
    is_small = 1 < outputs < FEWEST_OUTPUTS_WITHOUT_BIAS
    is_int8 = values.type == schema.TensorType.INT8
    return is_int8 and is_small and len(kernel.quantization.scale) == outputs


def _zeros(model: schema.ModelT, kernel: schema.TensorT, values: schema.TensorT) -> schema.TensorT:
    """A bias for ``kernel``, one number an output; ``values`` is the layer's input."""
    scales: NDArray[np.float32] = values.quantization.scale[0] * np.asarray(
        kernel.quantization.scale, np.float32
    )
    kind, width = _BIAS_TYPES[values.type]
    buffer = schema.BufferT()
    buffer.data = np.zeros(width * int(kernel.shape[0]), np.uint8)
    model.buffers.append(buffer)
    quantization = schema.QuantizationParametersT()
    quantization.scale = scales
    quantization.zeroPoint = np.zeros(len(scales), np.int64)
    bias = schema.TensorT()
    bias.name = kernel.name + b"/zeros"
    bias.shape = np.array([int(kernel.shape[0])], np.int32)
    bias.type = kind
    bias.buffer = len(model.buffers) - 1
    bias.quantization = quantization
    return bias
