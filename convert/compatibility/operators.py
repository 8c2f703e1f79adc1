"""The operators of a .tflite file: which, in which version, how often, on which types."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from convert.compatibility.graph import Graph, Node, Tensor, read_graph


@dataclass(frozen=True)
class Operator:
    """All uses of one operator in one version."""

    name: str
    version: int
    count: int  # 0: listed in the file, used nowhere
    types: tuple[str, ...]  # each different "inputs -> outputs", the most frequent first


def operators(data: bytes) -> tuple[Operator, ...]:
    """The operators in the bytes of a .tflite file, in the order in which they first run."""
    return operators_of(read_graph(data))


def operators_of(graph: Graph) -> tuple[Operator, ...]:
    """The operators of ``graph``, in the order in which they first run."""
    uses: dict[tuple[str, int], Counter[str]] = {}
    for node in graph.nodes:
        uses.setdefault((node.name, node.version), Counter())[_signature(node)] += 1
    for listed in graph.listed:
        uses.setdefault(listed, Counter())
    return tuple(
        Operator(name, version, types.total(), tuple(text for text, _ in types.most_common()))
        for (name, version), types in uses.items()
    )


def _signature(node: Node) -> str:
    return f"{_types(node.inputs)} -> {_types(node.outputs)}"


def _types(tensors: tuple[Tensor, ...]) -> str:
    """The types in order, equal neighbours once: an operator may take a hundred inputs."""
    kinds: list[str] = []
    for tensor in tensors:
        if not kinds or kinds[-1] != tensor.type:
            kinds.append(tensor.type)
    return ", ".join(kinds) or "nothing"
