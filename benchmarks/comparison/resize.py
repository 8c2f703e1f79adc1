"""Our own resize for peers that have none: what is compared is then the inference alone."""

from __future__ import annotations

from benchmarks.comparison.job import Job
from edge.preprocess import FrameToInput


def input_spec(job: Job) -> FrameToInput:
    """How a frame becomes this model's input."""
    return FrameToInput(
        job.input_width,
        job.input_height,
        job.input_channels,
        job.crop,  # type: ignore[arg-type]
        job.interpolation,  # type: ignore[arg-type]
    )
