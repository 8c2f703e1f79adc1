"""Show what a .tflite file is and which runtimes take it: python -m convert.check FILE [--json].

Exit code 0 when both tflite-runtime 2.14 and LiteRT take the file and its golden frames, if it has
any, come out on each runtime that is installed here; 3 when not; 1 when it cannot be read at all;
2 on wrong usage. What MediaPipe and the Edge TPU make of it is shown and does not count.
docs/compatibility.md explains the lines.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from convert.check_page import page
from convert.compatibility import Verdict, judge
from convert.compatibility.graph import read_graph
from convert.compatibility.operators import operators_of
from convert.contents import contents
from edge.checks.child import ChildError, ask_python
from edge.cli import NOT_PASSED, run_command
from edge.modelfile import read_model_file
from edge.runtime import installed, runtime_version

_DEVICE_TARGETS = 2  # the first verdicts of judge(): tflite-runtime and LiteRT
_TIMEOUT_S = 60.0
_CLASSIFY = (
    "import json, sys; from edge.checks.model import inspect\n"
    "print(json.dumps(inspect(sys.argv[1], sys.argv[2])))"
)


def examine(path: Path) -> dict[str, Any]:
    """All that the page shows, as JSON values; ModelFileError for what is no sound .tflite file."""
    data = read_model_file(path).data
    graph = read_graph(data)
    verdicts, classifies = judge(data), _classify(path)
    return {
        "file": str(path),
        "model_id": hashlib.sha256(data).hexdigest()[:12],
        **contents(path, data, graph),
        "operators": [asdict(operator) for operator in operators_of(graph)],
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "classifies": classifies,
        "taken": is_taken(verdicts, classifies),
    }


def is_taken(verdicts: Sequence[Verdict], classifies: Sequence[Mapping[str, Any]]) -> bool:
    """Whether both device runtimes take the file, golden frames included."""
    runs = all(verdict.takes for verdict in verdicts[:_DEVICE_TARGETS])
    return runs and not any(trial["golden_fault"] for trial in classifies)


def _classify(path: Path) -> list[dict[str, Any]]:
    """What edge.classifier makes of the file on each runtime here; golden frames included."""
    trials = []
    for runtime in installed():
        try:
            facts = ask_python(_CLASSIFY, str(path), runtime, timeout_s=_TIMEOUT_S)
        except ChildError as error:
            facts = {"error": str(error)}
        fault = facts.get("error")
        trials.append(
            {
                "runtime": f"{runtime} {runtime_version(runtime)}",
                "fault": fault and fault.removeprefix(f"{path}: "),
                "golden_fault": bool(fault and "golden frame" in fault),
                "golden_frames": facts.get("golden", 0),
                "difference": facts.get("difference"),
            }
        )
    return trials


def run(args: argparse.Namespace) -> int:
    """Print the page or its JSON; returns the exit code."""
    facts = examine(args.file)
    if args.json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        print(page(facts))
    return 0 if facts["taken"] else NOT_PASSED


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m convert.check."""
    parser = argparse.ArgumentParser(
        prog="python -m convert.check",
        description="Show what a .tflite file is and which runtimes take it.",
        epilog="Exit code 0: tflite-runtime 2.14 and LiteRT take it and its golden frames come"
        " out; 3: not so; 1: it cannot be read.",
    )
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="the .tflite file, ours or anyone's")
    add("--json", action="store_true", help="one JSON object instead of the page")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
