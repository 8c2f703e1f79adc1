"""The steps to the first label, one after the other, for pipeline.py.

python -m benchmarks.startup MODEL RUNTIME THREADS PICTURES SPAWNED
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from edge.quick_start import start_is_over, start_quickly


def main() -> int:
    """Take the steps of edge.camera in a process that has loaded nothing else yet.

    SPAWNED is time.monotonic() of the process that started this one, in seconds.
    """
    model, runtime, threads, pictures, spawned = sys.argv[1:]
    start_quickly()
    marks = {"before": float(spawned), "Python": time.monotonic()}
    import numpy  # noqa: F401

    marks["numpy"] = time.monotonic()
    import cv2  # noqa: F401

    marks["OpenCV"] = time.monotonic()
    import edge.camera  # noqa: F401
    from edge.classifier import Classifier
    from edge.runtime import choose_runtime
    from edge.sources import SourceOptions, open_source

    marks["app"] = time.monotonic()
    classifier = Classifier(Path(model), num_threads=int(threads), runtime=choose_runtime(runtime))
    _ = classifier.model_id  # every decision of the app carries it
    start_is_over()
    marks["interpreter and model"] = time.monotonic()
    with open_source(pictures, SourceOptions(), warn=print) as source:
        captured = source.read()
        if captured is not None:
            classifier.classify(captured.pixels)
    marks["first frame"] = time.monotonic()
    times_s = list(marks.values())
    steps = zip(list(marks)[1:], times_s, times_s[1:], strict=False)
    print(json.dumps({step: round(end - start, 4) for step, start, end in steps}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
