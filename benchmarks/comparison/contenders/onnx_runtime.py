"""ONNX Runtime on a file that tf2onnx made of the .tflite file; the resize is ours."""

from __future__ import annotations

import time
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from benchmarks.comparison.job import Job
from benchmarks.comparison.resize import input_spec
from edge.preprocess import to_pixels


class OnnxRuntime:
    """Its CPU provider with its own settings, but for the number of threads where one is given."""

    def __init__(self, job: Job, threads: int | None) -> None:
        options = onnxruntime.SessionOptions()
        if threads is not None:
            options.intra_op_num_threads = options.inter_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            job.onnx, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._spec, self._labels = input_spec(job), job.labels
        self.num_threads = threads
        self.invoke_ms: float | None = None

    def classify(self, frame: NDArray[Any]) -> tuple[int, str]:
        """See Contender."""
        pixels = to_pixels(frame, self._spec)[None]
        start = time.perf_counter_ns()
        scores = self._session.run(None, {self._input: pixels})[0]
        self.invoke_ms = (time.perf_counter_ns() - start) / 1e6
        best = int(scores.argmax())
        return best, self._labels[best]
