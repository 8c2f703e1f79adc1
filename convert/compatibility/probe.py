"""Find out by trying what each runtime has, and write versions.json.

    make versions

Each operator in each version is listed in a tiny file; a runtime that has it not refuses the file.
Needs both interpreters (Python 3.11) and MediaPipe in an environment of its own (.venv/mediapipe).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from convert.compatibility.graph import OPERATOR_NAMES, TYPE_NAMES
from convert.compatibility.limits import TABLE
from convert.compatibility.tiny import tiny_model
from edge.atomic import replace_file
from edge.cli import run_command
from edge.errors import DataError
from edge.quiet import ANY_LINE, quiet
from edge.runtime import RuntimeName, choose_runtime, import_interpreter, runtime_version

_LAST_VERSION = 20  # beyond any that exists today; a runtime that takes it stops the probe
_TIMEOUT_S = 1800.0
# MediaPipe's message names the builder alone; its own text goes to a log.
_MISSING = "Didn't find op", "out of range", "Unsupported data type", "interpreter_builder"

Faults = Mapping[str, str | None]  # of each probe, by its name; None: taken


def probes() -> dict[str, bytes]:
    """A file for each operator in each version and each tensor type, by "op ADD 1", "type int8"."""
    files = {"base": tiny_model()}
    for number, name in OPERATOR_NAMES.items():
        if name != "CUSTOM":
            for version in range(1, _LAST_VERSION + 1):
                files[f"op {name} {version}"] = tiny_model(operator=(number, version))
    return files | {f"type {name}": tiny_model(type_=i) for i, name in TYPE_NAMES.items()}


def try_interpreter(runtime: RuntimeName, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The table's entry of an interpreter that is installed here."""
    make: Callable[..., Any] = import_interpreter(choose_runtime(runtime)).Interpreter
    faults: dict[str, str | None] = {}
    with quiet(ANY_LINE):
        for name, data in files.items():
            try:
                make(model_content=data).allocate_tensors()
                faults[name] = None
            except (ValueError, RuntimeError) as error:
                faults[name] = str(error)
    return _entry(runtime, runtime_version(runtime), faults)


def try_mediapipe(python: Path, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The table's entry of the MediaPipe in the environment of ``python``."""
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / f"{name}.tflite").write_bytes(data)
        # -P: beside the script lies our own mediapipe.py, which would hide the real one.
        script = Path(__file__).with_name("probe_mediapipe.py")
        done = subprocess.run(
            [python, "-P", script, folder], capture_output=True, text=True, timeout=_TIMEOUT_S
        )
    if done.returncode != 0:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise DataError(f"{python}: cannot run MediaPipe ({last}); run `make versions`")
    answer = json.loads(done.stdout.splitlines()[-1])
    return _entry("mediapipe", answer["version"], answer["faults"])


def _entry(name: str, version: str, faults: Faults) -> dict[str, Any]:
    """What was taken; an error of another kind than "does not have it" is no answer."""
    for probe, fault in faults.items():
        if fault is not None and not any(sign in fault for sign in _MISSING):
            raise DataError(f"{name}: {probe} fails for another reason ({fault}); mend the probe")
    taken = [probe.split() for probe, fault in faults.items() if fault is None]
    operators: dict[str, list[int]] = {}
    for kind, operator, number in (words for words in taken if words[0] == "op"):
        operators.setdefault(operator, []).append(int(number))
        if int(number) == _LAST_VERSION:
            raise DataError(f"{name}: takes {kind} {operator} {number}; raise _LAST_VERSION")
    return {
        "version": version,
        "operators": {name: f"{min(had)}-{max(had)}" for name, had in sorted(operators.items())},
        "types": " ".join(sorted(words[1] for words in taken if words[0] == "type")),
    }


def run(args: argparse.Namespace) -> None:
    """Try everything on all three, then write the table."""
    files = probes()
    runtimes: tuple[RuntimeName, ...] = ("tflite-runtime", "litert")
    table: dict[str, Any] = {name: try_interpreter(name, files) for name in runtimes}
    table["mediapipe"] = try_mediapipe(args.mediapipe, files)
    with replace_file(args.output) as stream:
        stream.write((json.dumps(table, indent=1) + "\n").encode())
    for name, entry in table.items():
        print(f"{name} {entry['version']}: {len(entry['operators'])} operators")


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m convert.compatibility.probe."""
    parser = argparse.ArgumentParser(
        prog="python -m convert.compatibility.probe",
        description="Find out by trying which operators each runtime has; write versions.json.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    mediapipe = "Python of an environment with MediaPipe"
    add("--mediapipe", type=Path, default=Path(".venv/mediapipe/bin/python"), help=mediapipe)
    add("--output", type=Path, default=TABLE, help="the table to write")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
