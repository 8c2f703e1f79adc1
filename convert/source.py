"""Which float model is converted, and what it looks like: plain facts, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True)
class Normalization:
    """What a model expects of each channel: ``(pixel - mean) / std``.

    Both in pixel units, 0 to 255; one number for all channels, or one a channel.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]  # above 0


@dataclass(frozen=True)
class ModelSource:
    """A float model on disk: a .keras or .h5 file, or a SavedModel folder."""

    path: Path
    normalization: Normalization | None = None  # to put in front of it; None: it takes 0 to 255

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
    """What opening the model showed."""

    height: int  # pixels
    width: int  # pixels
    channels: int  # 3: RGB, 1: grey
    classes: int
    notices: tuple[str, ...]  # sentences: what was added to it, and what looks wrong
