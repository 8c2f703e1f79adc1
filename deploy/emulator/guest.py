"""Commands inside a guest: its root file system, a board's /proc and /sys, and this repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.emulator.boards import Board, write_facts
from deploy.emulator.systems import System, requirements
from edge.errors import EdgeError

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_WORK = REPOSITORY / "build" / "emulator"
_BOARD = "/opt/board"


@dataclass(frozen=True)
class Guest:
    """A system as if it ran on a board.

    Its commands start in /repo, this repository, which they cannot change; /out is a folder of the
    host, ``out``; /tmp is empty each time. Everything else they write stays in the root file
    system.
    """

    work: Path  # the folder that holds all systems
    system: System
    board: Board

    @property
    def root(self) -> Path:
        """The root file system."""
        return self.work / self.system.name

    @property
    def out(self) -> Path:
        """The host's folder that is the guest's /out."""
        return self.work / "out"

    def runtimes(self, wanted: Sequence[str]) -> list[str]:
        """Those of ``wanted`` that the system has."""
        return [runtime for runtime in self.system.edge.runtimes if runtime in wanted]

    def require(self) -> None:
        """Raise EdgeError unless the system has been built, from what is required now."""
        mark = ready_mark(self.root)
        built = mark.exists()
        if not built or mark.read_text() != ready_content(wanted_requirements(self.system)):
            fault = "was built from other requirements" if built else "is not built"
            where = "" if self.work == DEFAULT_WORK else f" --work {self.work}"
            raise EdgeError(
                f"{self.root}: {self.system.name} {fault}; run "
                f"`sudo python3 -m deploy.emulator build --system {self.system.name}{where}`"
            )

    def command(self, command: Sequence[str], extra: Extra | None = None) -> list[str]:
        """The host's command that runs ``command`` in the guest."""
        extra = extra or Extra()
        facts = self.work / "boards" / self.board.name
        write_facts(self.board, facts)
        self.out.mkdir(parents=True, exist_ok=True)
        mounts = [
            *("--bind", self.root, "/", "--proc", "/proc", "--dev", "/dev"),
            *("--tmpfs", "/tmp", "--tmpfs", "/run"),
            *("--ro-bind", facts / "sys", "/sys", "--ro-bind", facts / "cpuinfo", "/proc/cpuinfo"),
            *("--ro-bind", facts, _BOARD, "--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"),
            *("--ro-bind", REPOSITORY, "/repo", "--bind", self.out, "/out", "--chdir", "/repo"),
        ]
        models = REPOSITORY.parent / "shared" / "data"
        if models.is_dir():  # what tests/conftest.py looks for beside the checkout
            mounts += ["--ro-bind", models, "/shared/data"]
        for outside, inside in extra.binds:
            mounts += ["--ro-bind", outside, inside]
        for outside, inside in extra.writable:
            mounts += ["--bind", outside, inside]
        variables = [
            word
            for name, value in {**self._variables(), **extra.variables}.items()
            for word in ("--setenv", name, value)
        ]
        # Addresses that are not random make runs alike; CAP_ALL is what root has on a board.
        return [
            *("setarch", "-R", "bwrap", "--die-with-parent", "--unshare-pid"),
            *("--cap-add", "ALL", "--clearenv"),
            *map(str, mounts),
            *variables,
            "--",
            *command,
        ]

    def run(
        self,
        command: Sequence[str],
        extra: Extra | None = None,
        log: Path | None = None,
        limit_s: float | None = None,
    ) -> int:
        """Run ``command`` in the guest; its exit code.

        What it prints goes to the file ``log``, or straight on. Raises EdgeError when it takes
        more than ``limit_s`` seconds.
        """
        host_command = self.command(command, extra)
        try:
            if log is None:
                return subprocess.run(host_command, check=False, timeout=limit_s).returncode
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as stream:
                return subprocess.run(
                    host_command,
                    check=False,
                    timeout=limit_s,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                ).returncode
        except subprocess.TimeoutExpired as error:
            where = f"; see {log}" if log else ""
            raise EdgeError(
                f"{' '.join(command)}: took more than {limit_s:g} s on {self.board.name}{where}"
            ) from error

    def _variables(self) -> dict[str, str]:
        return {
            "PATH": f"{self.system.edge.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "TERM": os.environ.get("TERM", "dumb"),
            "PYTHONPYCACHEPREFIX": "/var/cache/pycache",  # /repo cannot be written
            "QEMU_CPU": self.board.cpu,
            # qemu looks up absolute names there first: x86 kernels have no /proc/device-tree, and
            # nothing can be mounted where /proc has no name for it.
            "QEMU_LD_PREFIX": _BOARD,
        }


@dataclass(frozen=True)
class Extra:
    """What one command gets beside the usual."""

    binds: Sequence[tuple[Path, str]] = ()  # of the host, readable at a place in the guest
    writable: Sequence[tuple[Path, str]] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def wanted_requirements(system: System) -> dict[str, str]:
    """What each environment of ``system`` is to have, as a requirements file, by its name."""
    edge, dev = (
        (REPOSITORY / name).read_text()
        for name in ("requirements-edge.txt", "requirements-dev.txt")
    )
    return {each.name: requirements(each, edge, dev) for each in system.environments}


def ready_content(wanted: Mapping[str, str]) -> str:
    """What the mark of a finished build says."""
    return "".join(f"[{name}]\n{text}" for name, text in wanted.items())


def ready_mark(root: Path) -> Path:
    """The file that a finished build leaves; it holds the requirements that were installed."""
    return root / "opt" / "ready"
