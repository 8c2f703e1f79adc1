"""Short names for a file's tensors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from ai_edge_litert import schema_py_generated as schema


def shorten_names(model: schema.ModelT) -> None:
    """Name each tensor between input and output by what makes it, such as ``stem_relu_1/Relu``.

    The converter names it by all layers that it fused, each with the whole way to it: up to 270
    bytes a tensor, 7 of a hundred bytes of a small network's file.
    """
    for graph in model.subgraphs:
        ends = {*(int(number) for number in graph.inputs), *(int(each) for each in graph.outputs)}
        kept = [graph.tensors[number].name.decode() for number in sorted(ends)]
        inner = [tensor for number, tensor in enumerate(graph.tensors) if number not in ends]
        names = short_names([tensor.name.decode() for tensor in inner], taken=kept)
        for tensor, name in zip(inner, names, strict=True):
            tensor.name = name.encode()


def short_names(names: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """The first of each name's fused layers, without the way that all have in common.

    No two are equal, and none is among ``taken``: tools tell tensors by their names.
    """
    ways = [name.split(";")[0].split("/") for name in names]
    scopes = zip(*(way[:-2] for way in ways if len(way) > 1), strict=False)
    common = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, scopes))
    found: list[str] = []
    used = set(taken)
    for way in ways:
        name = "/".join(way[common:] if len(way) > 1 else way)
        number = 1
        unique = name
        while unique in used:
            number += 1
            unique = f"{name}_{number}"
        used.add(unique)
        found.append(unique)
    return found
