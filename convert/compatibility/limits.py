"""What a runtime has: versions of each builtin operator, and tensor types; a table that was tried.

versions.json is written by ``python -m convert.compatibility.probe``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from convert.compatibility.graph import Graph, Tensor

TABLE = Path(__file__).with_name("versions.json")


@dataclass(frozen=True)
class Limits:
    """One runtime in one version."""

    name: str  # "tflite-runtime"
    version: str  # "2.14.0"
    operators: Mapping[str, tuple[int, int]]  # name -> first and last version that it has
    types: frozenset[str]  # of tensors


@cache
def limits_of(name: str) -> Limits:
    """The limits of the runtime that versions.json calls ``name``."""
    entry = json.loads(TABLE.read_text("utf-8"))[name]
    ranges = {operator: _range(text) for operator, text in entry["operators"].items()}
    return Limits(name, entry["version"], ranges, frozenset(entry["types"].split()))


def _range(text: str) -> tuple[int, int]:
    first, last = text.split("-")
    return int(first), int(last)


def beyond(graph: Graph, limits: Limits) -> tuple[str, ...]:
    """What ``graph`` asks of a runtime beyond its ``limits``, one sentence each."""
    custom = sorted({node.name for node in graph.nodes if node.is_custom})
    sentences = [f"{name} is a custom operator, which it does not have" for name in custom]
    for name, version in graph.listed:
        if name in custom:
            continue
        known = limits.operators.get(name)
        if known is None:
            sentences.append(f"{name} is an operator that {limits.version} does not have")
        elif not known[0] <= version <= known[1]:
            has = f"{known[0]} to {known[1]}" if known[0] > 1 else f"up to {known[1]}"
            sentences.append(f"{name} version {version}; {limits.version} has it {has}")
    foreign = sorted({tensor.type for tensor in _tensors(graph)} - limits.types)
    return (*sentences, *(f"{type_} tensors, which {limits.version} lacks" for type_ in foreign))


def _tensors(graph: Graph) -> Iterable[Tensor]:
    for node in graph.nodes:
        yield from (*node.inputs, *node.outputs)
