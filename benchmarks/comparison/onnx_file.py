"""The ONNX file of a .tflite file, made once by tf2onnx in an environment of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchmarks.child import ChildError, Task, run
from benchmarks.comparison.environments import PeerMissingError, python_of
from benchmarks.comparison.peers import CONVERTER

_LIMIT_S = 600
_OPSET = "18"  # the newest that tf2onnx 1.17 tests


def onnx_file(model: Path, folder: Path, python: Path | None = None) -> Path:
    """The converted file of ``model`` below ``folder``; PeerMissingError when there is none.

    ``python`` has tf2onnx; None builds an environment for it.
    """
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    path = folder / "onnx" / f"{digest[:12]}.onnx"
    if path.exists():
        return path
    python = python or python_of(CONVERTER, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.onnx")
    command = [
        str(python),
        "-m",
        "tf2onnx.convert",
        "--tflite",
        str(model),
        "--output",
        str(part),
    ]
    task = Task(f"{model}: tf2onnx", _LIMIT_S, "leave onnxruntime out of --peers")
    try:
        run([*command, "--opset", _OPSET], task, cwd=None)
    except ChildError as error:
        raise PeerMissingError(f"{model}: tf2onnx cannot convert it ({error.fault})") from error
    if not part.exists():
        raise PeerMissingError(f"{model}: tf2onnx cannot convert it (it wrote no file)")
    part.replace(path)
    return path
