"""A device's environment, installed from nothing: what is downloaded, what lies on disk then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import Task, run_json
from benchmarks.virtual_environment import make_environment, pip
from edge.errors import DataError

_TASK = Task("sizes of the installed packages", 60, "try again")
_MB = 1e6

# Runs in the new environment: bytes of each installed distribution's own files.
_SIZES = """
import json, os
from importlib import metadata
sizes = {}
for one in metadata.distributions():
    files = [os.path.realpath(one.locate_file(file)) for file in one.files or ()]
    total = sum(os.path.getsize(file) for file in files if os.path.isfile(file))
    sizes[one.metadata["Name"]] = {"version": one.version, "bytes": total}
print(json.dumps(sizes))
"""
# They come with the environment, whatever is installed in it.
_OF_THE_ENVIRONMENT = ("pip", "setuptools")


@dataclass(frozen=True)
class Part:
    """One downloaded file, or one installed distribution with its compiled Python files."""

    name: str
    version: str
    mb: float  # 10^6 bytes


@dataclass(frozen=True)
class Installation:
    """What one set of requirements costs."""

    wheels: list[Part]  # largest first
    packages: list[Part]  # largest first
    download_s: float
    install_s: float  # from the downloaded files, compiling included


def without(requirements: str, package: str) -> str:
    """``requirements`` without the lines of a package; DataError when there are none."""
    lines = requirements.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(package)]
    if len(kept) == len(lines):
        raise DataError(f"requirements-edge.txt: has no line of {package}; put it back")
    return "".join(kept)


def install(requirements: Path, home: Path, wheels: Path) -> Installation:
    """A new environment at ``home``, its files kept in ``wheels``; InstallError if pip cannot."""
    python = make_environment(home)
    wheels.mkdir(parents=True)
    files = ("-r", str(requirements))
    download_s = pip(python, "download", "--no-cache-dir", "--dest", str(wheels), *files)
    install_s = pip(python, "install", "--no-index", "--find-links", str(wheels), *files)
    return Installation(
        wheels=_largest_first([wheel(path) for path in wheels.iterdir()]),
        packages=_largest_first(_packages(python)),
        download_s=round(download_s, 2),
        install_s=round(install_s, 2),
    )


def wheel(path: Path) -> Part:
    """From a file such as ``numpy-1.26.4-cp311-cp311-manylinux2014_x86_64.whl``."""
    name, version = path.name.removesuffix(".tar.gz").split("-")[:2]
    return Part(name.replace("_", "-"), version, round(path.stat().st_size / _MB, 2))


def _packages(python: Path) -> list[Part]:
    sizes = run_json([str(python), "-I", "-c", _SIZES], _TASK)
    return [
        Part(name, about["version"], round(about["bytes"] / _MB, 2))
        for name, about in sizes.items()
        if name not in _OF_THE_ENVIRONMENT
    ]


def _largest_first(parts: list[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: (-part.mb, part.name))
