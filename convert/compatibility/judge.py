"""The verdicts of all targets on one file."""

from __future__ import annotations

from convert.compatibility.edgetpu import judge_edgetpu
from convert.compatibility.graph import read_graph
from convert.compatibility.litert import judge_litert
from convert.compatibility.mediapipe import judge_mediapipe
from convert.compatibility.tflite_runtime import judge_tflite_runtime
from convert.compatibility.verdict import Verdict
from edge.errors import DataError

_NEWER = (
    "choose another --format, or --allow-newer when every device of yours has LiteRT "
    "(ai-edge-litert)"
)
_OTHER_LAYERS = "use layers that TFLite has an operator for"


def judge(data: bytes) -> tuple[Verdict, ...]:
    """What tflite-runtime 2.14, LiteRT, MediaPipe Tasks and the Edge TPU make of a file's bytes.

    The first two decide whether a device runs the file. The bytes are trusted to be a .tflite file
    whose structure is sound (edge.modelfile.read_model_file checks one of others). Takes seconds:
    interpreters that are installed here load and run it, each in a process of its own.
    """
    graph = read_graph(data)
    return (
        judge_tflite_runtime(graph, data),
        judge_litert(graph, data),
        judge_mediapipe(graph, data),
        judge_edgetpu(graph),
    )


def require_devices(data: bytes, name: str, *, allow_newer: bool = False) -> tuple[Verdict, ...]:
    """The verdicts on a file's bytes; DataError, calling it ``name``, when a device refuses it.

    tflite-runtime 2.14 must take it unless ``allow_newer``, LiteRT in any case.
    """
    verdicts = judge(data)
    old, new = verdicts[:2]
    for verdict, remedy in ((new, _OTHER_LAYERS), (old, _NEWER)):
        if not verdict.takes and not (allow_newer and verdict is old):
            faults = ", ".join(verdict.reasons)
            raise DataError(f"{name}: {verdict.target} would not load it ({faults}); {remedy}")
    return verdicts
