"""Our Classifier, on LiteRT or on tflite-runtime, as edge.camera uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from benchmarks.comparison.job import Job
from edge.classifier import Classifier
from edge.memory import StartUp
from edge.quick_start import start_is_over


class Ours:
    """As the app does it: the fastest number of threads, and start-up memory given back."""

    def __init__(self, job: Job, threads: int | None, runtime: str) -> None:
        """``threads`` None: as many as edge.camera would take."""
        wanted = "auto" if threads is None else threads
        self._classifier = Classifier(Path(job.model), num_threads=wanted, runtime=runtime)  # type: ignore[arg-type]
        self.num_threads: int | None = self._classifier.num_threads
        self.invoke_ms: float | None = None
        self._start_up = StartUp()
        _ = self._classifier.model_id  # every decision of the app carries it
        start_is_over()

    def classify(self, frame: NDArray[Any]) -> tuple[int, str]:
        """See Contender."""
        answer = self._classifier.classify(frame, top_k=1)
        self._start_up.tick()
        self.invoke_ms = answer.stages.invoke_ms
        return int(answer.scores.argmax()), answer.top[0].label
