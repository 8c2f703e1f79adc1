"""Give small dense layers the bias that tflite-runtime needs on ARM."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from convert.flatbuffer import kind_of, pack, parse
from edge.modelfile import FEWEST_OUTPUTS_WITHOUT_BIAS


def with_biases(data: bytes | bytearray) -> bytes:
    """The same network; int8 dense layers that would crash tflite-runtime get a bias of zeros.

    The converter leaves a bias of zeros out, as of a layer made without one. On ARM, tflite-runtime
    2.14 reads it all the same where a layer has fewer than four outputs and a scale for each.
    """
    model = parse(data)
    changed = [
        _add_bias(model, graph, each) for graph in model.subgraphs for each in graph.operators
    ]
    if not any(changed):
        return bytes(data)
    return pack(model)


def _add_bias(model: schema.ModelT, graph: schema.SubGraphT, operator: schema.OperatorT) -> bool:
    """Add a bias of zeros if ``operator`` needs one; whether it did."""
    if kind_of(model, operator) != schema.BuiltinOperator.FULLY_CONNECTED:
        return False
    values, weights, *bias = (int(number) for number in operator.inputs)
    kernel = graph.tensors[weights]
    outputs = int(kernel.shape[0])
    scales = [] if kernel.quantization is None else kernel.quantization.scale
    if any(number >= 0 for number in bias) or not 1 < outputs < FEWEST_OUTPUTS_WITHOUT_BIAS:
        return False
    if kernel.type != schema.TensorType.INT8 or scales is None or len(scales) != outputs:
        return False
    step = graph.tensors[values].quantization
    if graph.tensors[values].type != schema.TensorType.INT8 or step is None:
        return False
    graph.tensors.append(_zeros(model, kernel, step.scale[0] * np.asarray(scales)))
    operator.inputs = np.array([values, weights, len(graph.tensors) - 1], np.int32)
    return True


def _zeros(
    model: schema.ModelT, kernel: schema.TensorT, scales: NDArray[np.float32]
) -> schema.TensorT:
    """A bias of zeros for ``kernel``, one int32 an output, with these scales."""
    buffer = schema.BufferT()
    buffer.data = np.zeros(4 * len(scales), np.uint8)
    model.buffers.append(buffer)
    quantization = schema.QuantizationParametersT()
    quantization.scale = scales.astype(np.float32)
    quantization.zeroPoint = np.zeros(len(scales), np.int64)
    bias = schema.TensorT()
    bias.name = kernel.name + b"/zeros"
    bias.shape = np.array([len(scales)], np.int32)
    bias.type = schema.TensorType.INT32
    bias.buffer = len(model.buffers) - 1
    bias.quantization = quantization
    return bias
