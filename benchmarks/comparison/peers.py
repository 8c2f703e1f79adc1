"""Who is compared: each peer's environment, and what a reader must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PINS = Path(__file__).resolve().parent / "requirements"
OURS = "ours"
ENVIRONMENTS = _ROOT / ".venv" / "peers"  # where they are built


@dataclass(frozen=True)
class Environment:
    """A virtual environment that this command builds from a file of requirements."""

    name: str
    requirements: Path


@dataclass(frozen=True)
class Peer:
    """One row of the table."""

    environment: Environment
    packages: tuple[str, ...]  # the first is the engine; whose versions are told
    title: str


_DEVICE = Environment("device", _ROOT / "requirements-edge.txt")
CONVERTER = Environment("tf2onnx", _PINS / "tf2onnx.txt")

PEERS = {
    OURS: Peer(_DEVICE, ("ai-edge-litert", "numpy", "opencv-python"), "our Classifier"),
    "ours-tflite": Peer(
        _DEVICE, ("tflite-runtime", "numpy", "opencv-python"), "our Classifier on tflite-runtime"
    ),
    "bare": Peer(_DEVICE, ("ai-edge-litert", "numpy", "opencv-python"), "bare LiteRT loop"),
    "mediapipe": Peer(
        Environment("mediapipe", _PINS / "mediapipe.txt"),
        ("mediapipe", "numpy"),
        "MediaPipe's ImageClassifier",
    ),
    "openvino": Peer(
        Environment("openvino", _PINS / "openvino.txt"),
        ("openvino", "numpy", "opencv-python"),
        "OpenVINO",
    ),
    "onnxruntime": Peer(
        Environment("onnxruntime", _PINS / "onnxruntime.txt"),
        ("onnxruntime", "numpy", "opencv-python"),
        "ONNX Runtime (converted file)",
    ),
}
