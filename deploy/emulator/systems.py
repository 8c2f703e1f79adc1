"""The systems: which Debian each Raspberry Pi OS is made of, and what is installed in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What the app needs of a system beside Python (docs/deploy.md), and what a person needs who boots
# this file system as a machine of its own and plugs in a camera: kernel modules, udev, v4l2-ctl.
_PACKAGES = (
    *("python3", "python3-venv", "ca-certificates", "libgl1"),
    *("kmod", "udev", "procps", "iproute2", "v4l-utils"),
)

_DISTRIBUTIONS = {"tflite-runtime": "tflite-runtime", "litert": "ai-edge-litert"}
RUNTIMES = list(_DISTRIBUTIONS)


@dataclass(frozen=True)
class Environment:
    """A Python environment below /opt in the guest."""

    name: str
    runtimes: tuple[str, ...]  # that it has, as edge/runtime.py names them
    tests: bool = False  # has what the tests need, too

    @property
    def folder(self) -> str:
        """Its place in the guest."""
        return f"/opt/{self.name}"

    @property
    def python(self) -> str:
        """Its interpreter in the guest."""
        return f"{self.folder}/bin/python"


@dataclass(frozen=True)
class System:
    """One Raspberry Pi OS, by its Debian."""

    name: str  # Debian's name, as in --system
    python: str  # its version
    packages: tuple[str, ...]
    environments: tuple[Environment, ...]  # the first is the device's own: requirements-edge.txt

    @property
    def edge(self) -> Environment:
        """The device's environment: requirements-edge.txt as it is, and nothing else."""
        return self.environments[0]

    @property
    def alone(self) -> tuple[Environment, ...]:
        """One environment for each runtime, without the other one, with what the tests need."""
        return self.environments[1:]


def _system(name: str, python: str, packages: tuple[str, ...], runtimes: tuple[str, ...]) -> System:
    alone = (Environment(runtime, (runtime,), tests=True) for runtime in runtimes)
    edge = Environment("edge", runtimes)
    return System(name, python, (*_PACKAGES, *packages), (edge, *alone))


SYSTEMS = {
    system.name: system
    for system in (
        _system("bookworm", "3.11", ("libglib2.0-0",), ("tflite-runtime", "litert")),
        # tflite-runtime ended before Python 3.13.
        _system("trixie", "3.13", ("libglib2.0-0t64",), ("litert",)),
    )
}


def requirements(environment: Environment, edge_text: str, dev_text: str) -> str:
    """What pip installs: ``edge_text`` as it is, for tests without the other runtime, with pytest.

    Both are the text of a requirements file.
    """
    if not environment.tests:
        return edge_text
    others = [
        distribution
        for runtime, distribution in _DISTRIBUTIONS.items()
        if runtime not in environment.runtimes
    ]
    lines = [line for line in edge_text.splitlines() if _project(line) not in others]
    lines += [line for line in dev_text.splitlines() if _project(line) == "pytest"]
    return "\n".join(lines) + "\n"


def _project(line: str) -> str:
    """The name that a line of a requirements file begins with; empty for a comment."""
    found = re.match(r"[A-Za-z0-9._-]+", line)
    return found.group() if found else ""
