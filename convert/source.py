"""Which float model is converted, and what it looks like: plain facts, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edge.errors import DataError
from edge.modelfile import Normalization

__all__ = ["ModelFacts", "ModelSource", "Normalization", "check_kind"]

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
_SAVED_MODEL = "saved_model.pb"
_GIVE = "give a .keras or .h5 file, a SavedModel folder or a run folder"
_OTHERS = {
    ".tflite": "is converted already; python -m edge.camera --model runs it, and conversion needs"
    " the float model that it was made from",
    ".pt": "is a PyTorch model; export it to a SavedModel folder first (ai-edge-torch, onnx2tf)",
    ".onnx": "is an ONNX model; turn it into a SavedModel folder first (onnx2tf)",
    ".pb": f"is one part of a SavedModel; {_GIVE}",
    ".weights.h5": "holds weights without the layers; save the whole model with model.save()",
}
_OTHERS[".pth"] = _OTHERS[".ckpt"] = _OTHERS[".pt"]


@dataclass(frozen=True)
class ModelSource:
    """A float model on disk: a .keras or .h5 file, or a SavedModel folder."""

    path: Path
    # What the pixels become before the model sees them; None: it takes them from 0 to 255.
    normalization: Normalization | None = None

    def sha256(self) -> str:
        """Hash of the file, 64 hex digits; of a folder, over its files' names and contents."""
        if self.path.is_file():
            return sha256(self.path.read_bytes()).hexdigest()
        digest = sha256()
        for file in sorted(path for path in self.path.rglob("*") if path.is_file()):
            content = sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(self.path).as_posix()}\0{content}\n".encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class ModelFacts:
    """What opening a model showed."""

    height: int  # pixels
    width: int  # pixels
    channels: int  # 3: RGB, 1: grey
    classes: int
    scales_pixels: bool  # something in front of its first weights changes the pixels' range
    gave_logits: bool  # a softmax was added


def check_kind(path: Path) -> None:
    """Raises DataError for what cannot be a float model, by its name alone."""
    if not path.exists():
        raise DataError(f"{path}: no such model; {_GIVE}")
    if path.is_dir():
        if not (path / _SAVED_MODEL).is_file():
            raise DataError(f"{path}: neither a run folder nor a SavedModel; {_GIVE}")
        return
    for suffix, fault in _OTHERS.items():
        if path.name.lower().endswith(suffix):
            raise DataError(f"{path}: {fault}")
    if path.suffix.lower() not in KERAS_SUFFIXES:
        raise DataError(f"{path}: not a kind of model that is known here; {_GIVE}")
