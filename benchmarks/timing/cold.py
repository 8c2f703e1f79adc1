"""From the start of a process to its first label."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ColdStart:
    """What a user waits for once, step by step; the reading of the pictures is left out."""

    python_s: float  # the interpreter, numpy, OpenCV and the project's modules
    model_s: float  # the runtime, the model file, its golden frames
    first_frame_s: float  # the first classification, caches empty

    @property
    def total_s(self) -> float:
        """Start of the process to first label."""
        return self.python_s + self.model_s + self.first_frame_s

    def to_json(self) -> dict[str, float]:
        """The steps and ``total_s``, in seconds."""
        return {name: round(s, 5) for name, s in {**asdict(self), "total_s": self.total_s}.items()}
