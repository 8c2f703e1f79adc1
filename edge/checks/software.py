"""Python, numpy and the interpreters of TFLite models.

numpy and OpenCV are imported inside functions only: that they cannot be is something to report.
"""

from __future__ import annotations

import platform
import struct
import sys
from typing import TYPE_CHECKING, get_args

from edge.checks.check import Check, from_error
from edge.checks.child import ChildError, ask_python
from edge.errors import RuntimeMissingError

if TYPE_CHECKING:
    from edge.runtime import RuntimeName

_IMPORT_TIMEOUT_S = 20.0  # from a slow SD card it takes a few
_INSTALL = "pip install -r requirements-edge.txt"
_OLDEST = (3, 11)


def check_python() -> list[Check]:
    """The Python that runs this."""
    version = platform.python_version()
    bits = struct.calcsize("P") * 8
    found = f"{version}, {bits}-bit {platform.machine()} ({sys.executable})"
    if sys.version_info < _OLDEST:
        remedy = "python3.11 -m venv .venv, or newer"
        return [Check("Python", "fault", f"{found}: older than 3.11", remedy)]
    if bits == 32:
        remedy = "install the 64-bit Raspberry Pi OS; LiteRT, the faster interpreter, needs it"
        return [Check("Python", "warning", found, remedy)]
    return [Check("Python", "ok", found)]


def check_numpy() -> list[Check]:
    """numpy, imported in another process."""
    try:
        version = ask_python(
            "import json, numpy; print(json.dumps(numpy.__version__))", timeout_s=_IMPORT_TIMEOUT_S
        )
    except ChildError as error:
        return [Check("numpy", "fault", f"cannot be imported: {error}", _INSTALL)]
    return [Check("numpy", "ok", str(version))]


def check_runtimes() -> list[Check]:
    """The interpreters, and which one is taken; to be called where numpy and OpenCV import."""
    from edge.runtime import RuntimeName, choose_runtime, installed

    try:
        chosen = choose_runtime()
    except RuntimeMissingError as error:
        return [from_error("runtime", "fault", error)]
    others = [name for name in installed() if name != chosen]
    found = f"{_versioned(chosen)} is taken"
    if others:
        found += f"; {_versioned(others[0])} is here, too (--runtime {others[0]})"
    checks = [Check("runtime", "ok", found)]
    for name in get_args(RuntimeName):
        try:
            choose_runtime(name)
        except RuntimeMissingError as error:
            if _versioned(name):  # installed, and yet not to be used
                checks.append(from_error("runtime", "info", error))
    return checks


def _versioned(name: RuntimeName) -> str:
    """Name and version of an installed runtime, else ""."""
    from edge.runtime import runtime_version

    try:
        return f"{name} {runtime_version(name)}"
    except ImportError:
        return ""
