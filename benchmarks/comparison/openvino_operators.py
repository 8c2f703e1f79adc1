"""What each kernel of OpenVINO costs on a .tflite file, by its own profiler.

python -m benchmarks.comparison.openvino_operators MODEL RUNS

Runs in OpenVINO's environment.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict

import numpy as np
import openvino


def main() -> int:
    """JSON on stdout: a list of [node and kernel, how many, ms of all together], the most first."""
    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "PERF_COUNT": "YES"}
    compiled = core.compile_model(core.read_model(sys.argv[1]), "CPU", settings)
    request = compiled.create_infer_request()
    pixels = np.random.default_rng(0).integers(0, 256, tuple(compiled.input(0).shape), np.uint8)
    least: dict[str, float] = {}
    kernels: dict[str, str] = {}
    for _ in range(int(sys.argv[2])):
        request.infer({0: pixels})
        for node in request.profiling_info:
            if node.status.name == "EXECUTED":
                ms = node.real_time.total_seconds() * 1000
                least[node.node_name] = min(ms, least.get(node.node_name, ms))
                kernels[node.node_name] = f"{node.node_type} {node.exec_type}"
    count: dict[str, int] = defaultdict(int)
    total: dict[str, float] = defaultdict(float)
    for name, ms in least.items():
        count[kernels[name]] += 1
        total[kernels[name]] += ms
    rows = [(kernel, count[kernel], round(total[kernel], 4)) for kernel in count]
    print(json.dumps(sorted(rows, key=lambda row: -row[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
