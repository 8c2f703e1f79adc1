"""A file loaded and run once by an interpreter that is installed here, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge.checks.child import ChildError, ask_python
from edge.errors import EdgeError
from edge.runtime import RuntimeName, make_interpreter

_TIMEOUT_S = 60.0
_CODE = (
    "import json, sys; from convert.compatibility.trial import load_and_run\n"
    "print(json.dumps(load_and_run(sys.argv[1], sys.argv[2])))"
)


def try_on(runtime: RuntimeName, data: bytes) -> str | None:
    """None when ``runtime`` loads and runs the file of these bytes, else why not."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.tflite"
        path.write_bytes(data)
        try:
            fault = ask_python(_CODE, str(path), runtime, timeout_s=_TIMEOUT_S)
        except ChildError as error:
            return str(error)
    return None if fault is None else str(fault).removeprefix(f"{path}: ")


def load_and_run(path: str, runtime: str) -> str | None:
    """None when it works, else the fault; for the child process."""
    try:
        interpreter = make_interpreter(Path(path), 1, runtime)
        for details in interpreter.get_input_details():
            if np.issubdtype(details["dtype"], np.number):  # unset memory could hold any index
                zeros = np.zeros(details["shape"], details["dtype"])
                interpreter.set_tensor(details["index"], zeros)
        interpreter.invoke()
    except (EdgeError, RuntimeError, ValueError) as error:
        return " ".join(str(error).split())
    return None
