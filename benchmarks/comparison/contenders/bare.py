"""The interpreter alone, as a script would use it: our resize, invoke(), argmax."""

from __future__ import annotations

import time
from typing import Any

from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from benchmarks.comparison.job import Job
from benchmarks.comparison.resize import input_spec
from edge.preprocess import to_pixels


class Bare:
    """LiteRT with its own number of threads, one, unless told otherwise."""

    def __init__(self, job: Job, threads: int | None) -> None:
        self._interpreter = Interpreter(model_path=job.model, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._spec, self._labels = input_spec(job), job.labels
        self.num_threads = threads
        self.invoke_ms: float | None = None

    def classify(self, frame: NDArray[Any]) -> tuple[int, str]:
        """See Contender."""
        pixels = to_pixels(frame, self._spec)[None]
        start = time.perf_counter_ns()
        self._interpreter.set_tensor(self._input, pixels)
        self._interpreter.invoke()
        scores = self._interpreter.get_tensor(self._output)
        self.invoke_ms = (time.perf_counter_ns() - start) / 1e6
        best = int(scores.argmax())
        return best, self._labels[best]
