"""LiteRT 2.x, the successor of tflite-runtime: package ai-edge-litert.

Rules: the operator versions and tensor types in versions.json, each tried on the wheel of 2.3.0;
a later 2.x takes more, an earlier one may take less.
"""

from __future__ import annotations

from convert.compatibility.graph import Graph
from convert.compatibility.runtimes import judge_by_runtime
from convert.compatibility.verdict import Verdict

TARGET = "LiteRT 2.x"


def judge_litert(graph: Graph, data: bytes) -> Verdict:
    """Whether LiteRT loads and runs the file of these bytes."""
    return judge_by_runtime(TARGET, "litert", graph, data)
