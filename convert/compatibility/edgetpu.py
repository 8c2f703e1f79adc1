"""Coral Edge TPU: whether edgetpu_compiler should map the whole graph to it.

Rules: "Model requirements" and "Supported operations" of https://coral.ai/docs/edgetpu/models-intro
(compiler 16, the last), whose table Axis repeats for the same chip in its ARTPEC-7 cameras:
https://developer.axis.com/computer-vision/on-device/system-on-chip/artpec-7/supported-ops. Nothing
here runs the compiler, which Google offers for Debian on x86-64 outside the package registries.
"""

from __future__ import annotations

import math

from convert.compatibility.graph import Graph, Node, Tensor
from convert.compatibility.verdict import Verdict

TARGET = "Coral Edge TPU"

_NAMES = (
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D EXPAND_DIMS FULLY_CONNECTED"
    " L2_NORMALIZATION LOGISTIC LSTM MAXIMUM MAX_POOL_2D MEAN MINIMUM MUL PACK PAD PRELU QUANTIZE"
    " REDUCE_MAX REDUCE_MIN RELU RELU6 RELU_N1_TO_1 RESHAPE RESIZE_BILINEAR"
    " RESIZE_NEAREST_NEIGHBOR RSQRT SLICE SOFTMAX SPACE_TO_DEPTH SPLIT SQUARED_DIFFERENCE SQUEEZE"
    " STRIDED_SLICE SUB SUM TANH TRANSPOSE TRANSPOSE_CONV UNIDIRECTIONAL_SEQUENCE_LSTM"
)
_OPERATORS = frozenset(_NAMES.split())
_NO_ACTIVATION = ("AVERAGE_POOL_2D", "CONCATENATION", "MAX_POOL_2D")
_LARGEST_SOFTMAX = 16_000  # elements
_COMPILED = "edgetpu-custom-op"
_EIGHT_BITS = ("int8", "uint8")
_BASIS = "Coral's documented rules; edgetpu_compiler was not tried"
_NEEDED = "to be compiled by edgetpu_compiler, which may refuse operators newer than it is"


def judge_edgetpu(graph: Graph) -> Verdict:
    """Whether the Edge TPU should run all of ``graph``, once compiled for it."""
    if any(node.name == _COMPILED for node in graph.nodes):
        return Verdict(TARGET, True, ("is compiled for it: runs nowhere else",), _BASIS)
    faults = (*_type_faults(graph), *_shape_faults(graph), *_operator_faults(graph))
    return Verdict(TARGET, not faults, faults or (_NEEDED,), _BASIS)


def _type_faults(graph: Graph) -> list[str]:
    """Float at the ends alone is fine: the compiler leaves its QUANTIZE to the processor."""
    inside = [node for node in graph.nodes if not _is_border(node, graph)]
    types = {tensor.type for node in inside for tensor in node.outputs}
    types |= {node.inputs[0].type for node in inside if node.inputs}
    foreign = sorted(types.difference(_EIGHT_BITS))
    return [f"computes in {', '.join(foreign)}; only full int8 or uint8 is taken"] * bool(foreign)


def _is_border(node: Node, graph: Graph) -> bool:
    ends = {tensor.name for tensor in (*graph.inputs, *graph.outputs)}
    touches = {tensor.name for tensor in (*node.inputs, *node.outputs)} & ends
    return node.name in ("QUANTIZE", "DEQUANTIZE") and bool(touches)


def _shape_faults(graph: Graph) -> list[str]:
    tensors = [tensor for node in graph.nodes for tensor in (*node.inputs[:1], *node.outputs)]
    faults = []
    if any(length < 0 for tensor in (*graph.inputs, *tensors) for length in tensor.shape):
        faults.append("has tensors of free size; all must be fixed, the batch too")
    large = [tensor for tensor in tensors if _has_four_dimensions(tensor)]
    if large:
        faults.append(f"{large[0].shape} has more than three dimensions beyond 1")
    return faults


def _has_four_dimensions(tensor: Tensor) -> bool:
    return any(length > 1 for length in tensor.shape[:-3])


def _operator_faults(graph: Graph) -> list[str]:
    faults = {
        f"{node.name} is none of its operators: from there on the processor would work"
        for node in graph.nodes
        if node.name not in _OPERATORS and not _is_border(node, graph)
    }
    for node in graph.nodes:
        if node.has_activation and node.name in _NO_ACTIVATION:
            faults.add(f"{node.name} with a fused activation function")
        size = math.prod(node.outputs[0].shape) if node.outputs else 0
        if node.name == "SOFTMAX" and size > _LARGEST_SOFTMAX:
            faults.add(f"SOFTMAX over {size:,} elements; it takes {_LARGEST_SOFTMAX:,}")
    return sorted(faults)
