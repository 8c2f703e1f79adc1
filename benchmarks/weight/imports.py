"""What starting costs before the first frame: modules imported, and the time of each."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import Finished, Task, run, run_json

_TASK = Task("edge.camera", 120, "try it alone: python -m edge.camera")
_US_PER_MS = 1000
_PREFIX = "import time:"

# The camera app as a user starts it, and then all that it imported, with the distributions.
_USED = """
import json, runpy, sys
sys.argv = ["edge.camera", *sys.argv[1:]]
out, sys.stdout = sys.stdout, open("/dev/null", "w")
try:
    runpy.run_module("edge.camera", run_name="__main__")
except SystemExit as ended:
    if ended.code:
        raise
modules = sorted(sys.modules)
from importlib import metadata
of = metadata.packages_distributions()
used = sorted({name for module in modules for name in of.get(module.split(".")[0], ())})
installed = sorted({name for names in of.values() for name in names})
print(json.dumps({"modules": modules, "used": used, "installed": installed}), file=out)
"""


@dataclass(frozen=True)
class Used:
    """What a run of the camera app has imported at its end."""

    modules: list[str]
    packages: list[str]  # distributions of which at least one module was imported
    unused: list[str]  # installed, and not imported


def used_by_camera(python: Path, arguments: Sequence[str]) -> Used:
    """Of ``python -m edge.camera ARGUMENTS``; EdgeError, with its last word, when it fails."""
    found = run_json([str(python), "-c", _USED, *arguments], _TASK, env=_environment())
    ours = ("pip", "setuptools")
    unused = sorted(set(found["installed"]) - set(found["used"]) - set(ours))
    packages = [name for name in found["used"] if name not in ours]
    return Used(found["modules"], packages, unused)


def import_times(python: Path, code: Sequence[str], runs: int) -> dict[str, float]:
    """Milliseconds that each module took by itself, without those that it imports.

    ``code`` is what follows ``python``, such as ``-c "import edge.camera"``. The least of ``runs``
    counts: what else the machine does only adds to it.
    """
    least: dict[str, float] = {}
    for _ in range(runs):
        told = _run([str(python), "-X", "importtime", *code]).stderr
        for name, ms in parse_import_times(told).items():
            least[name] = min(ms, least.get(name, ms))
    return least


def parse_import_times(told: str) -> dict[str, float]:
    """Milliseconds by module from what ``-X importtime`` writes; other lines are left out."""
    found: dict[str, float] = {}
    for line in told.splitlines():
        parts = line.removeprefix(_PREFIX).split("|")
        if line.startswith(_PREFIX) and len(parts) == 3 and parts[0].strip().isdigit():
            found[parts[2].strip()] = int(parts[0]) / _US_PER_MS
    return found


def by_package(times_ms: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds by top-level package, the most first; the standard library as one."""
    total: dict[str, float] = defaultdict(float)
    for name, ms in times_ms.items():
        top = name.split(".")[0]
        total["standard library" if top in sys.stdlib_module_names else top] += ms
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _run(command: Sequence[str]) -> Finished:
    return run(command, _TASK, env=_environment())


def _environment() -> dict[str, str]:
    """With compiled files, as an installed app has them; and only the environment's packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
