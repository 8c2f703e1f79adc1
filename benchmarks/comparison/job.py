"""What one peer's process is asked to do, as a file that it reads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 640, 480  # of the frames, in pixels


@dataclass(frozen=True)
class Job:
    """The same for all peers; paths are absolute.

    ``frames`` holds ``n`` frames one after the other, uint8 RGB (480, 640, 3); ``inputs`` the same
    pictures as our own resize makes the model's input of them, uint8 (height, width, channels).
    """

    model: str  # the .tflite file
    onnx: str | None  # the same, converted; None where it could not be
    frames: str
    inputs: str
    n: int
    input_width: int  # pixels
    input_height: int
    input_channels: int
    crop: str
    interpolation: str
    labels: list[str]  # labels[i] names output i

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path: str) -> Job:
        """From a file that ``write`` wrote."""
        with open(path, encoding="utf-8") as stream:
            fields: dict[str, Any] = json.load(stream)
        return cls(**fields)
