"""Bias correction: each layer's int8 outputs get the mean that they have in float32.

Rounded weights and activations move the mean of every channel, and each layer passes that on; the
biases take it back (M. Nagel et al., arXiv:1906.04721, section 4.2, with pictures instead of
statistics). In the order of the layers: what is left to correct in one is known when all before it
are. For child processes only.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from convert.finishing import finished
from convert.flatbuffer import kind_of, pack, parse
from convert.rescue.single import Values, run_alone
from convert.rescue.steps import open_with_all_tensors
from edge.errors import DataError

_KINDS = frozenset(
    {
        schema.BuiltinOperator.CONV_2D,
        schema.BuiltinOperator.DEPTHWISE_CONV_2D,
        schema.BuiltinOperator.FULLY_CONNECTED,
    }
)
_ROUNDS = 3  # where a ReLU clips a part of the values, the others alone move with the bias
_BIAS = 2  # which input of such an operator it is
_INT32 = np.iinfo(np.int32)

Means = NDArray[np.float64]  # (channels,)


def corrected(data: bytes, reference: bytes, pixels: NDArray[np.uint8]) -> tuple[bytes, int]:
    """The int8 file with corrected biases, and of how many layers.

    ``reference`` is the float32 file that it was quantized from, calibrated or not; ``pixels``
    (n, height, width, channels) are pictures such as it was calibrated with: 100 are plenty.
    Raises DataError where the layers of the two files are not the same.
    """
    model = parse(data)
    graph = model.subgraphs[0]
    layers = [operator for operator in graph.operators if kind_of(model, operator) in _KINDS]
    wanted = dict(zip(map(id, layers), _float_means(model, layers, reference, pixels), strict=True))
    values: dict[int, Values] = {int(graph.inputs[0]): _as_input(model, pixels)}
    count = 0
    for position, operator in enumerate(graph.operators):
        outputs = run_alone(model, operator, values)
        if id(operator) in wanted and _can_correct(graph, operator):
            for _ in range(_ROUNDS):
                _correct(model, operator, outputs[int(operator.outputs[0])], wanted[id(operator)])
                outputs = run_alone(model, operator, values)
            count += 1
        values |= outputs
        still_read = {int(i) for later in graph.operators[position + 1 :] for i in later.inputs}
        values = {index: v for index, v in values.items() if index in still_read}
    return finished(pack(model)), count


def _float_means(
    model: schema.ModelT,
    layers: list[schema.OperatorT],
    reference: bytes,
    pixels: NDArray[np.uint8],
) -> list[Means]:
    """The mean of each channel of each layer's output in ``reference``, over all pictures."""
    float_model = parse(reference)
    same = [op for op in float_model.subgraphs[0].operators if kind_of(float_model, op) in _KINDS]
    if _forms(model, layers) != _forms(float_model, same):
        raise DataError("bias correction: the int8 file has other layers than the float32 file")
    outputs = [int(operator.outputs[0]) for operator in same]
    interpreter = open_with_all_tensors(reference)
    (details,) = interpreter.get_input_details()
    sums: list[Any] = [0.0] * len(outputs)
    for picture in pixels:
        interpreter.set_tensor(details["index"], picture[np.newaxis].astype(np.float32))
        interpreter.invoke()
        for number, index in enumerate(outputs):
            sums[number] = sums[number] + _channel_means(interpreter.get_tensor(index))
    return [total / len(pixels) for total in sums]


def _forms(model: schema.ModelT, layers: list[schema.OperatorT]) -> list[tuple[int, list[int]]]:
    """Kind and shape of output of each layer: two graphs of one network have the same."""
    tensors = model.subgraphs[0].tensors
    return [(kind_of(model, op), list(map(int, tensors[op.outputs[0]].shape))) for op in layers]


def _as_input(model: schema.ModelT, pixels: NDArray[np.uint8]) -> Values:
    """The pictures as the graph's input takes them, (n, 1, height, width, channels)."""
    tensor = model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]]
    frames = pixels[:, np.newaxis]
    if tensor.type == schema.TensorType.INT8:
        return (frames.astype(np.int16) - 128).astype(np.int8)
    return frames.astype(np.float32) if tensor.type == schema.TensorType.FLOAT32 else frames


def _can_correct(graph: schema.SubGraphT, operator: schema.OperatorT) -> bool:
    """Whether it computes in int8 and has a bias to change."""
    if len(operator.inputs) <= _BIAS or operator.inputs[_BIAS] < 0:
        return False
    bias, output = graph.tensors[operator.inputs[_BIAS]], graph.tensors[operator.outputs[0]]
    return bool(
        bias.type == schema.TensorType.INT32 and output.type == schema.TensorType.INT8
    )  # one that was kept in float32 has neither


def _correct(
    model: schema.ModelT, operator: schema.OperatorT, outputs: Values, wanted: Means
) -> None:
    """Take the error of each channel's mean out of the operator's bias."""
    graph = model.subgraphs[0]
    step = graph.tensors[operator.outputs[0]].quantization
    means = (_channel_means(outputs) - float(step.zeroPoint[0])) * float(step.scale[0])
    bias = _own_bias(model, operator)
    buffer = model.buffers[bias.buffer]
    numbers = np.frombuffer(bytes(buffer.data), np.int32).astype(np.float64)
    numbers -= np.round((means - wanted) / np.asarray(bias.quantization.scale, np.float64))
    clipped = np.clip(numbers, _INT32.min, _INT32.max).astype(np.int32)
    buffer.data = np.frombuffer(clipped.tobytes(), np.uint8)


def _own_bias(model: schema.ModelT, operator: schema.OperatorT) -> schema.TensorT:
    """The operator's bias as a tensor of its own: equal ones may be kept once for several."""
    graph = model.subgraphs[0]
    index = int(operator.inputs[_BIAS])
    tensor = graph.tensors[index]
    readers = sum(int(i) == index for op in graph.operators for i in op.inputs)
    holders = sum(other.buffer == tensor.buffer for other in graph.tensors)
    if readers == holders == 1:
        return tensor
    tensor = copy(tensor)
    buffer = copy(model.buffers[tensor.buffer])
    tensor.buffer = len(model.buffers)
    model.buffers.append(buffer)
    operator.inputs = np.array([*operator.inputs[:_BIAS], len(graph.tensors)], np.int32)
    graph.tensors.append(tensor)
    return tensor


def _channel_means(values: Values) -> Means:
    """The mean of each channel, the last axis, over everything else."""
    means: Means = values.reshape(-1, values.shape[-1]).mean(axis=0, dtype=np.float64)
    return means
