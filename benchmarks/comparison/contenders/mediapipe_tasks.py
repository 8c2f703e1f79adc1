"""MediaPipe's ImageClassifier, which resizes, infers and reads the labels by itself."""

from __future__ import annotations

from typing import Any

import mediapipe
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from benchmarks.comparison.job import Job


class MediaPipe:
    """On the CPU, one picture at a time. Its API has no number of threads to set."""

    def __init__(self, job: Job) -> None:
        options = vision.ImageClassifierOptions(
            base_options=BaseOptions(model_asset_path=job.model, delegate=BaseOptions.Delegate.CPU),
            running_mode=vision.RunningMode.IMAGE,
            max_results=1,
        )
        self._classifier = vision.ImageClassifier.create_from_options(options)
        self.num_threads: int | None = None
        self.invoke_ms: float | None = None

    def classify(self, frame: NDArray[Any]) -> tuple[int, str]:
        """See Contender."""
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame)
        best = self._classifier.classify(image).classifications[0].categories[0]
        return best.index, best.category_name
