"""What each operator of a .tflite file costs on LiteRT: runs in the device's environment.

python -m benchmarks.comparison.litert_operators MODEL ROUNDS

LiteRT's Python API has no profiler. The file is cut after each operator in turn, and what one more
operator adds to the time of an inference is its cost. In each round all cuts take turns, and the
least time counts: what else the machine does only adds to it.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

_RUNS = 15  # of each cut in a round


def main() -> int:
    """JSON on stdout: a list of [operator, how many, ms of all together], the most first."""
    with open(sys.argv[1], "rb") as stream:
        data = stream.read()
    names = operators(data)
    cuts = [interpreter(cut(data, last)) for last in range(len(names))]
    least = [float("inf")] * len(cuts)
    for _ in range(int(sys.argv[2])):
        for number, one in enumerate(cuts):
            least[number] = min(least[number], least_ms(one))
    print(json.dumps(by_operator(names, least)))
    return 0


def operators(data: bytes) -> list[str]:
    """The name of each operator, in the order in which they run."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    codes = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    kinds = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    return [str(codes[kinds[each.opcodeIndex]]) for each in model.subgraphs[0].operators]


def cut(data: bytes, last: int) -> bytes:
    """The file up to and with operator number ``last``, whose first output it gives."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    graph = model.subgraphs[0]
    graph.operators = graph.operators[: last + 1]
    graph.outputs = [int(graph.operators[last].outputs[0])]
    model.signatureDefs = []  # they name the outputs that are gone
    model.metadata = []
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def by_operator(names: list[str], ms: list[float]) -> list[tuple[str, int, float]]:
    """What each kind of operator adds, from the times of the cuts after each of them."""
    count: dict[str, int] = defaultdict(int)
    total: dict[str, float] = defaultdict(float)
    before = 0.0
    for name, after in zip(names, ms, strict=True):
        count[name] += 1
        total[name] += after - before
        before = after
    rows = [(name, count[name], round(total[name], 4)) for name in count]
    return sorted(rows, key=lambda row: -row[2])


def interpreter(data: bytes) -> Any:
    """Ready to run, one thread."""
    made = Interpreter(model_content=data, num_threads=1)
    made.allocate_tensors()
    return made


def least_ms(one: Any) -> float:
    """Of a few inferences."""
    one.invoke()  # the caches hold another cut
    times_ns = []
    for _ in range(_RUNS):
        start = time.perf_counter_ns()
        one.invoke()
        times_ns.append(time.perf_counter_ns() - start)
    return min(times_ns) / 1e6


if __name__ == "__main__":
    sys.exit(main())
