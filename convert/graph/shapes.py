"""The finished graph: nothing in it may depend on a shape that is known only when it runs."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema

from convert.graph.flatbuffer import parse

_SHAPE = schema.BuiltinOperator.SHAPE


def shape_fault(data: bytes) -> str | None:
    """What is not fixed in a .tflite file, None when everything is.

    Shape arithmetic (SHAPE, and the STRIDED_SLICE and PACK behind it) is what ``Flatten`` and alike
    leave of a free batch; it costs time, and accelerators refuse it.
    """
    model = parse(data)
    codes = [code.builtinCode for code in model.operatorCodes]
    for graph in model.subgraphs:
        if any(codes[operator.opcodeIndex] == _SHAPE for operator in graph.operators):
            return "computes shapes while it runs (SHAPE)"
        for tensor in graph.tensors:
            # None or an empty vector: the shape alone counts.
            signature = tensor.shapeSignature
            if signature is not None and any(length < 0 for length in signature):
                return f"has a tensor of no fixed shape, {tensor.name.decode()!r}"
    return None
