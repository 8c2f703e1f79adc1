"""How much memory the values of a graph take while its biases are corrected."""

from __future__ import annotations

from math import prod

from ai_edge_litert import schema_py_generated as schema

_BYTES = {
    schema.TensorType.INT8: 1,
    schema.TensorType.UINT8: 1,
    schema.TensorType.BOOL: 1,
    schema.TensorType.INT16: 2,
    schema.TensorType.FLOAT16: 2,
    schema.TensorType.INT32: 4,
    schema.TensorType.FLOAT32: 4,
}  # all others take 8


def held_bytes(graph: schema.SubGraphT) -> int:
    """The most bytes of one picture that are there at once, operator after operator."""
    operators = list(graph.operators)
    last_read = {int(i): place for place, op in enumerate(operators) for i in op.inputs}
    alive, most = {int(graph.inputs[0])}, 1
    for place, operator in enumerate(operators):
        written = set(map(int, operator.outputs))
        # A layer's outputs are there twice: the best of each channel, and those of one more round.
        held = [*alive, *written, *written]
        most = max(most, sum(_bytes(graph.tensors[index]) for index in held))
        alive = {index for index in alive | written if last_read.get(index, -1) > place}
    return most


def _bytes(tensor: schema.TensorT) -> int:
    values = 1 if tensor.shape is None else prod(map(int, tensor.shape))
    return values * _BYTES.get(tensor.type, 8)
