"""What is computed inside a graph: by the whole of it, or by one operator at a time.

On the values that those before it made, an operator runs alone; so the next can be changed by what
this one gives, without running the graph anew for each. For child processes only.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from convert.graph.flatbuffer import pack
from edge.errors import DataError

Values = NDArray[Any]  # (n, ...), one entry a picture


def open_with_all_tensors(data: bytes) -> Interpreter:
    """An interpreter that keeps what every operator makes."""
    interpreter = Interpreter(
        model_content=data,
        experimental_preserve_all_tensors=True,
        # XNNPACK would keep the tensors in between to itself.
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    return interpreter


def run_alone(
    model: schema.ModelT, operator: schema.OperatorT, values: dict[int, Values]
) -> dict[int, Values]:
    """What the operator alone makes of ``values``, by tensor, one picture after the other.

    Raises DataError for one that does not run by itself: it reads no picture, or holds a graph.
    """
    alone, read = _alone(model, operator, values)
    try:
        return _invoked(alone, read, operator, values)
    except (RuntimeError, ValueError, IndexError) as error:
        reason = (str(error).strip() or type(error).__name__).split("\n")[0]
        raise DataError(f"an operator of the network does not run by itself ({reason})") from error


def _invoked(
    alone: schema.ModelT,
    read: list[int],
    operator: schema.OperatorT,
    values: dict[int, Values],
) -> dict[int, Values]:
    interpreter = Interpreter(model_content=pack(alone), num_threads=1)
    interpreter.allocate_tensors()
    inputs = [details["index"] for details in interpreter.get_input_details()]
    outputs = [details["index"] for details in interpreter.get_output_details()]
    pictures = len(values[read[0]])
    made: dict[int, Values] = {}
    for picture in range(pictures):
        for index, tensor in zip(inputs, read, strict=True):
            interpreter.set_tensor(index, values[tensor][picture])
        interpreter.invoke()
        for index, tensor in zip(outputs, map(int, operator.outputs), strict=True):
            result = interpreter.get_tensor(index)
            if tensor not in made:
                # For all at once: a list of them, stacked, would take twice the memory.
                made[tensor] = np.empty((pictures, *result.shape), result.dtype)
            made[tensor][picture] = result
    return made


def _alone(
    model: schema.ModelT, operator: schema.OperatorT, values: dict[int, Values]
) -> tuple[schema.ModelT, list[int]]:
    """A model of this operator only, and which tensors of ``model`` are its inputs, in order."""
    whole = model.subgraphs[0]
    used = list(dict.fromkeys(int(i) for i in (*operator.inputs, *operator.outputs) if i >= 0))
    number = {index: place for place, index in enumerate(used)}
    part = copy(operator)
    part.inputs = np.array([number.get(int(i), -1) for i in operator.inputs], np.int32)
    part.outputs = np.array([number[int(i)] for i in operator.outputs], np.int32)
    part.opcodeIndex = 0
    read = [index for index in used if index in values]
    graph = schema.SubGraphT()
    graph.tensors, buffers = [], [schema.BufferT()]
    for index in used:
        tensor = copy(whole.tensors[index])
        content = model.buffers[tensor.buffer]
        tensor.buffer = 0 if content.data is None else len(buffers)
        if content.data is not None:
            buffers.append(content)
        graph.tensors.append(tensor)
    graph.operators = [part]
    graph.inputs = np.array([number[index] for index in read], np.int32)
    graph.outputs = part.outputs
    alone = schema.ModelT()
    alone.version, alone.subgraphs, alone.buffers = model.version, [graph], buffers
    alone.operatorCodes = [model.operatorCodes[operator.opcodeIndex]]
    return alone, read
