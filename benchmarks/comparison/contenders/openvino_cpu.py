"""OpenVINO on the same .tflite file, which it reads by itself; the resize is ours."""

from __future__ import annotations

import time
from typing import Any

import openvino
from numpy.typing import NDArray

from benchmarks.comparison.job import Job
from benchmarks.comparison.resize import input_spec
from edge.preprocess import to_pixels


class OpenVino:
    """Its CPU plugin with its own settings, but for the number of threads where one is given."""

    def __init__(self, job: Job, threads: int | None) -> None:
        core = openvino.Core()
        settings = {} if threads is None else {"INFERENCE_NUM_THREADS": threads}
        compiled = core.compile_model(core.read_model(job.model), "CPU", settings)
        self._request = compiled.create_infer_request()
        self._output = compiled.output(0)
        self._spec, self._labels = input_spec(job), job.labels
        self.num_threads: int | None = compiled.get_property("INFERENCE_NUM_THREADS")
        self.invoke_ms: float | None = None

    def classify(self, frame: NDArray[Any]) -> tuple[int, str]:
        """See Contender."""
        pixels = to_pixels(frame, self._spec)[None]
        start = time.perf_counter_ns()
        scores = self._request.infer({0: pixels})[self._output]
        self.invoke_ms = (time.perf_counter_ns() - start) / 1e6
        best = int(scores.argmax())
        return best, self._labels[best]
