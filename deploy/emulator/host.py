"""What this machine must have, and how it reaches packages: its own apt and pip settings."""

from __future__ import annotations

import ast
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import EdgeError

_PROGRAMS = {  # and the package of Debian that has it
    "apt-get": "apt",
    "arch-test": "arch-test",  # which mmdebstrap only recommends
    "bwrap": "bubblewrap",
    "mmdebstrap": "mmdebstrap",
    "qemu-aarch64-static": "qemu-user-static",
    "setarch": "util-linux",
}
COUNTING_PROGRAMS = {
    "gcc": "gcc",
    "/usr/include/stdio.h": "libc6-dev",  # which gcc only recommends
    "ldd": "libc-bin",
    "qemu-aarch64": "qemu-user",
}
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_BINFMT_RULE = Path("/usr/lib/binfmt.d/qemu-aarch64.conf")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Settings by which apt reaches a mirror: proxies, certificates, clocks that are wrong.
_ACQUIRE = re.compile(r"Acquire::(http|https|Check-Date|Check-Valid-Until|Retries)\b.* \".+\";")
_NETWORK_VARIABLES = (
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
)


def check_host(more: Mapping[str, str] | None = None) -> None:
    """Raise EdgeError unless this is a Debian where root can run arm64 programs through qemu.

    ``more`` are programs, or files by their whole paths, that are needed beside the usual ones,
    with their packages.
    """
    if sys.platform != "linux" or platform.machine() in ("aarch64", "arm64"):
        raise EdgeError(
            f"{sys.platform} on {platform.machine()}: the emulator is for x86-64 Linux; "
            "on ARM run `make demo test-edge` itself"
        )
    programs = {**_PROGRAMS, **(more or {})}
    absent = sorted({programs[name] for name in programs if not _has(name)})
    if "apt" in absent:
        raise EdgeError("apt-get: not found; the emulator needs Debian 12 as its host")
    if absent:
        packages = " ".join(absent)
        raise EdgeError(
            f"{packages}: not installed; run `sudo apt install --no-install-recommends {packages}`"
        )
    if os.geteuid() != 0:
        raise EdgeError("the emulator makes a root file system and mounts in it; run it with sudo")


def _has(name: str) -> bool:
    """Whether there is a file, named by its whole path, or else a program of that name."""
    return Path(name).exists() if name.startswith("/") else shutil.which(name) is not None


def let_arm64_run() -> None:
    """Have the kernel hand arm64 programs to qemu, until the machine restarts.

    Raises EdgeError where the kernel does not let us, as in many containers.
    """
    rule = _BINFMT / "qemu-aarch64"
    try:
        if not (_BINFMT / "register").exists():
            run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(_BINFMT)], "binfmt_misc")
        if not rule.exists():
            (_BINFMT / "register").write_text(_BINFMT_RULE.read_text().splitlines()[0])
    except OSError as error:
        raise EdgeError(
            f"{_BINFMT}: arm64 programs cannot be made to run ({error}); use a virtual machine or "
            "a privileged container"
        ) from error
    if "F" not in _flags(rule.read_text()):
        raise EdgeError(
            f"{rule}: qemu is not kept open for other root file systems (flag F); "
            f"run `echo -1 | sudo tee {rule}`, then this again"
        )


def _flags(rule: str) -> str:
    found = re.search(r"(?m)^flags: (\w*)$", rule)
    return found.group(1) if found else ""


@dataclass(frozen=True)
class Sources:
    """Where apt takes a Debian from."""

    lines: tuple[str, ...]  # of sources.list
    settings: tuple[str, ...]  # of apt.conf


def apt_sources(suite: str) -> Sources:
    """``suite`` from the mirrors that this machine's apt uses itself; EdgeError without any."""
    template = "$(REPO_URI) $(ORIGIN) $(LABEL)"
    told = run(["apt-get", "indextargets", "--format", template, "Created-By: Packages"], "apt-get")
    settings = run(["apt-config", "dump"], "apt-config").splitlines()
    return Sources(
        source_lines(told, suite), tuple(line for line in settings if _ACQUIRE.match(line))
    )


def source_lines(told: str, suite: str) -> tuple[str, ...]:
    """The sources of ``suite``, given lines "mirror origin label" of apt's own package lists."""
    mirrors: dict[str, str] = {}
    for line in told.splitlines():
        address, origin, label = [*line.split(), "", "", ""][:3]
        if origin == "Debian":
            mirrors.setdefault(label, address.rstrip("/"))
    if "Debian" not in mirrors:
        raise EdgeError(
            "apt knows no mirror of Debian; run `sudo apt update`, on a Debian or with a "
            "Debian mirror among its sources"
        )
    signed = f"deb [signed-by={_KEYRING}]"
    lines = [f"{signed} {mirrors['Debian']} {suite} main"]
    if "Debian-Security" in mirrors:
        lines.append(f"{signed} {mirrors['Debian-Security']} {suite}-security main")
    return tuple(lines)


@dataclass(frozen=True)
class PipSettings:
    """How pip reaches its packages, for a pip elsewhere."""

    variables: dict[str, str]  # of its environment
    files: tuple[Path, ...]  # of this machine, which they name


def pip_settings() -> PipSettings:
    """What this machine's pip is set to, by files and by variables, and its proxies."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    variables = pip_variables(told.stdout.splitlines())
    if told.returncode:  # a Python without pip: variables are all that is known
        variables = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    variables |= {name: os.environ[name] for name in _NETWORK_VARIABLES if name in os.environ}
    return PipSettings(variables, _named_files(variables.values()))


def pip_variables(listed: Iterable[str]) -> dict[str, str]:
    """The variables that say the same as lines of ``pip config list``, such as
    ``global.index-url='https://...'``; a line further down the order of precedence wins."""
    ranks = {"global": 0, "install": 1, ":env:": 2}
    found: list[tuple[int, str, str]] = []
    for line in listed:
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in ranks:
            text = " ".join(str(ast.literal_eval(value)).split())
            found.append((ranks[section], f"PIP_{name.upper().replace('-', '_')}", text))
    return {name: text for _, name, text in sorted(found, key=lambda entry: entry[0])}


def _named_files(values: Iterable[str]) -> tuple[Path, ...]:
    """The files and folders of this machine among ``values``."""
    words = [word.removeprefix("file://") for value in values for word in value.split()]
    paths = {Path(word) for word in words if word.startswith("/")}
    # An index in a folder names its files as ../../files/..., from simple/PROJECT/index.html.
    paths = {path.parent if path.name == "simple" else path for path in paths}
    return tuple(sorted(path for path in paths if path.exists()))


def run(command: Sequence[str], name: str) -> str:
    """What ``command`` prints; EdgeError, naming ``name``, when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise EdgeError(f"{name}: {reason[-1] if reason else f'ended with {done.returncode}'}")
    return done.stdout
