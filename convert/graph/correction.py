"""Bias correction: each layer's outputs get the mean that they have in float32.

Rounded weights and activations move the mean of every channel, and each layer passes that on; the
biases take it back (M. Nagel et al., arXiv:1906.04721, section 4.2, with pictures instead of
statistics). In the order of the layers: what is left to correct in one is known when all before it
are.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from convert.child import run_in_child
from convert.graph.biases import add_bias, lacks_bias
from convert.graph.finishing import finished
from convert.graph.flatbuffer import BIAS, kind_of, pack, parse
from convert.graph.held import held_bytes
from convert.graph.interpreting import Values, open_with_all_tensors, run_alone
from edge.errors import DataError

_KINDS = frozenset(
    {
        schema.BuiltinOperator.CONV_2D,
        schema.BuiltinOperator.DEPTHWISE_CONV_2D,
        schema.BuiltinOperator.FULLY_CONNECTED,
    }
)
_PICTURES = 50  # a mean over so many hardly changes with more
_PICTURES_INT16 = 12  # its kernels are slow, and there is less rounding to average
_MOST_BYTES = 250_000_000  # of all that is held at once, all pictures together
_ROUNDS = 3  # where a ReLU clips a part of the values, the others alone move with the bias
_NEAR = 0.02  # of the output's step: a mean this close is not worth another round
_LONGEST_S = 600.0
_BIAS_TYPES = {schema.TensorType.INT32: np.int32, schema.TensorType.INT64: np.int64}
_QUANTIZED = (schema.TensorType.INT8, schema.TensorType.INT16)

Means = NDArray[np.float64]  # (channels,)
Numbers = NDArray[np.float64]  # (channels,): a bias, not yet rounded to its type


@dataclass(frozen=True)
class Correction:
    """What became of a file's biases."""

    layers: int  # that were corrected
    pictures: int  # by which
    fault: str = ""  # why the file stayed as it was, if it did

    def told(self) -> str:
        """The same in words."""
        if self.fault:
            return f"biases as converted, for {self.fault}"
        if not self.layers:
            return "no biases to correct"
        return f"biases of {self.layers} layers corrected by {self.pictures} pictures"

    def to_json(self) -> dict[str, Any]:
        """What card and report record."""
        found: dict[str, Any] = {"layers": self.layers, "pictures": self.pictures}
        return found | ({"fault": self.fault} if self.fault else {})


def corrected(data: bytes, reference: bytes, pixels: NDArray[np.uint8]) -> tuple[bytes, Correction]:
    """The int8 or int16x8 file with corrected biases; as it is where that cannot be done.

    ``reference`` is the float32 file of the same network, calibrated or not; ``pixels``
    (n, height, width, channels) are the pictures that ``data`` was calibrated with, of which 50
    serve (12 where activations are int16), or as many as fit into memory.
    """
    pixels = _spread(pixels, _PICTURES)
    function = f"{__name__}:correct"
    try:
        # In a process of its own: nothing that goes wrong here shall cost the file that is there.
        return run_in_child(function, data, reference, pixels, timeout_s=_LONGEST_S)[0]
    except DataError as error:
        fault = str(error).removeprefix(f"{function}: ")
    except RuntimeError as error:  # a bug of ours, and its traceback
        fault = str(error).strip().split("\n")[-1]
    return data, Correction(0, len(pixels), f"correcting them failed: {fault}")


def correct(data: bytes, reference: bytes, pixels: NDArray[np.uint8]) -> tuple[bytes, Correction]:
    """What ``corrected`` does, in this process."""
    model = parse(data)
    used = _spread(pixels, _fitting(model))
    try:
        layers = _correct_all(model, reference, used)
    except DataError as error:
        return data, Correction(0, len(used), str(error))
    return finished(pack(model)) if layers else data, Correction(layers, len(used))


def _spread(pixels: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """``count`` pictures from all over: they come in the order of their classes."""
    count = min(count, len(pixels))
    return pixels[np.linspace(0, len(pixels) - 1, count).round().astype(int)]


def _fitting(model: schema.ModelT) -> int:
    """How many pictures serve this file."""
    graph = model.subgraphs[0]
    is_wide = any(tensor.type == schema.TensorType.INT16 for tensor in graph.tensors)
    most = _PICTURES_INT16 if is_wide else _PICTURES
    return int(np.clip(_MOST_BYTES // held_bytes(graph), 1, most))


def _correct_all(model: schema.ModelT, reference: bytes, pixels: NDArray[np.uint8]) -> int:
    """Correct the biases of ``model`` in place; of how many layers.

    Raises DataError where the layers of the two files are not the same, or one does not run alone.
    """
    graph = model.subgraphs[0]
    layers = [operator for operator in graph.operators if kind_of(model, operator) in _KINDS]
    wanted = dict(zip(map(id, layers), _float_means(model, layers, reference, pixels), strict=True))
    values: dict[int, Values] = {int(graph.inputs[0]): _as_input(model, pixels)}
    count = 0
    for position, operator in enumerate(graph.operators):
        if lacks_bias(model, graph, operator):
            add_bias(model, graph, operator)
        if id(operator) in wanted and _can_correct(graph, operator):
            values |= _correct(model, operator, values, wanted[id(operator)])
            count += 1
        else:
            values |= run_alone(model, operator, values)
        still_read = {int(i) for later in graph.operators[position + 1 :] for i in later.inputs}
        values = {index: v for index, v in values.items() if index in still_read}
    return count


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
        raise DataError("it has other layers than the float32 file")
    outputs = [int(operator.outputs[0]) for operator in same]
    sums: list[Any] = [0.0] * len(outputs)
    try:
        interpreter = open_with_all_tensors(reference)
        (details,) = interpreter.get_input_details()
        for picture in pixels:
            interpreter.set_tensor(details["index"], picture[np.newaxis].astype(np.float32))
            interpreter.invoke()
            for number, index in enumerate(outputs):
                sums[number] = sums[number] + _channel_means(interpreter.get_tensor(index))
    except (RuntimeError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).split("\n")[0]
        raise DataError(f"the float32 file does not run ({reason})") from error
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
    """Whether it computes in integers and has a bias to change."""
    if len(operator.inputs) <= BIAS or operator.inputs[BIAS] < 0:
        return False
    bias, output = graph.tensors[operator.inputs[BIAS]], graph.tensors[operator.outputs[0]]
    # One that was kept in float32 has neither.
    return bias.type in _BIAS_TYPES and output.type in _QUANTIZED


def _correct(
    model: schema.ModelT, operator: schema.OperatorT, values: dict[int, Values], wanted: Means
) -> dict[int, Values]:
    """Take the error of each channel's mean out of the operator's bias; what it gives then.

    Each channel keeps the best that it had in any round: its outputs depend on its own bias alone.
    """
    written = int(operator.outputs[0])
    step = model.subgraphs[0].tensors[written].quantization
    zero, scale = float(step.zeroPoint[0]), float(step.scale[0])
    bias = _own_bias(model, operator)
    steps = np.asarray(bias.quantization.scale, np.float64)
    # The converter keeps biases of both types within 2^30: this stops none but a runaway.
    limits = np.iinfo(np.int32)
    best = run_alone(model, operator, values)[written]
    errors = least = (_channel_means(best) - zero) * scale - wanted
    numbers = chosen = _numbers(model, bias)
    for _ in range(_ROUNDS):
        if (np.abs(least) <= _NEAR * scale).all():
            break
        numbers = np.clip(numbers - np.round(errors / steps), limits.min, limits.max)
        _write(model, bias, numbers)
        outputs = run_alone(model, operator, values)[written]
        errors = (_channel_means(outputs) - zero) * scale - wanted
        better = np.abs(errors) < np.abs(least)
        np.copyto(best, outputs, where=better)
        chosen, least = np.where(better, numbers, chosen), np.where(better, errors, least)
        del outputs  # before the next round makes as much again
    _write(model, bias, chosen)
    return {written: best}


def _numbers(model: schema.ModelT, bias: schema.TensorT) -> Numbers:
    content = bytes(model.buffers[bias.buffer].data)
    return np.frombuffer(content, _BIAS_TYPES[bias.type]).astype(np.float64)


def _write(model: schema.ModelT, bias: schema.TensorT, numbers: Numbers) -> None:
    content = numbers.astype(_BIAS_TYPES[bias.type]).tobytes()
    model.buffers[bias.buffer].data = np.frombuffer(content, np.uint8)


def _own_bias(model: schema.ModelT, operator: schema.OperatorT) -> schema.TensorT:
    """The operator's bias as a tensor of its own: equal ones may be kept once for several."""
    graph = model.subgraphs[0]
    index = int(operator.inputs[BIAS])
    tensor = graph.tensors[index]
    readers = sum(int(i) == index for op in graph.operators for i in op.inputs)
    holders = sum(other.buffer == tensor.buffer for other in graph.tensors)
    if readers == holders == 1:
        return tensor
    tensor = copy(tensor)
    buffer = copy(model.buffers[tensor.buffer])
    tensor.buffer = len(model.buffers)
    model.buffers.append(buffer)
    operator.inputs = np.array([*operator.inputs[:BIAS], len(graph.tensors)], np.int32)
    graph.tensors.append(tensor)
    return tensor


def _channel_means(values: Values) -> Means:
    """The mean of each channel, the last axis, over everything else."""
    means: Means = values.reshape(-1, values.shape[-1]).mean(axis=0, dtype=np.float64)
    return means
