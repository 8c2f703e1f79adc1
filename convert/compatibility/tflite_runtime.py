"""tflite-runtime 2.14, the last of its name: what a Raspberry Pi with Python 3.11 or less runs.

Rules: the operator versions and tensor types in versions.json, each tried on the wheel of 2.14.0.
"""

from __future__ import annotations

from convert.compatibility.graph import Graph
from convert.compatibility.runtimes import judge_by_runtime
from convert.compatibility.verdict import Verdict

TARGET = "tflite-runtime 2.14"


def judge_tflite_runtime(graph: Graph, data: bytes) -> Verdict:
    """Whether tflite-runtime 2.14 loads and runs the file of these bytes."""
    return judge_by_runtime(TARGET, "tflite-runtime", graph, data)
