"""Counting guest instructions: one run of the workload for each model, runtime and board."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.emulator.guest import Extra, Guest
from deploy.emulator.host import run
from deploy.emulator.instructions import Count, read_marks
from edge.errors import DataError, EdgeError
from edge.messages import print_message

_SOURCE = Path(__file__).parent / "count.c"
_LIMIT_S = 1800
_HOST = "/host"  # in the guest: qemu and what it is linked with


class Counter:
    """Counts what guests execute.

    Only Debian's dynamic qemu takes plugins, so its libraries and loader go into the guest with it.
    """

    def __init__(self, work: Path, rounds: int) -> None:
        """Compile the plugin; EdgeError when that fails."""
        self._rounds = rounds
        plugin = work / "count.so"
        work.mkdir(parents=True, exist_ok=True)
        run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(plugin), str(_SOURCE)], str(_SOURCE))
        qemu = Path(run(["sh", "-c", "command -v qemu-aarch64"], "qemu-aarch64").strip())
        libraries = linked_files(run(["ldd", str(qemu)], str(qemu)))
        loaders = [path for path in libraries if path.name.startswith("ld-")]
        if not loaders:
            raise EdgeError(f"{qemu}: is not linked dynamically; install Debian's qemu-user")
        self._loader = f"{_HOST}/lib/{loaders[0].name}"
        self._binds = [(qemu, f"{_HOST}/qemu"), (plugin, f"{_HOST}/count.so")]
        self._binds += [(path, f"{_HOST}/lib/{path.name}") for path in libraries]

    @property
    def qemu_version(self) -> str:
        """Such as "7.2.22"."""
        found = re.search(r"version ([\d.]+)", run(["qemu-aarch64", "--version"], "qemu-aarch64"))
        return found.group(1) if found else "unknown"

    def count(self, guest: Guest, runtime: str, model: Path) -> Count:
        """The instructions of one frame; EdgeError when the guest's program fails."""
        inside = f"/models/{model.name}"
        name = f"count-{guest.system.name}-{guest.board.name}-{runtime}"
        marks, facts = guest.out / f"{name}.marks", guest.work / "logs" / f"{name}.log"
        command = [
            *(self._loader, "--library-path", f"{_HOST}/lib", f"{_HOST}/qemu"),
            *("-cpu", guest.board.cpu, "-plugin", f"{_HOST}/count.so,out=/out/{marks.name}"),
            *(guest.system.edge.python, "-m", "deploy.emulator.workload"),
            *(inside, runtime, str(self._rounds)),
        ]
        extra = Extra(
            binds=[*self._binds, (model, inside)],
            # All that would make two runs differ, and other threads than the one that is counted.
            variables={
                "PYTHONHASHSEED": "0",
                "QEMU_RAND_SEED": "0",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        code = guest.run(command, extra, log=facts, limit_s=_LIMIT_S)
        lines = facts.read_text(errors="replace").splitlines()
        if code or not lines:
            raise EdgeError(
                f"{model}: {runtime} on {guest.system.name}, {guest.board.name}, ended with "
                f"{code}: {lines[-1] if lines else 'it printed nothing'}"
            )
        told = json.loads(lines[-1])
        return Count(
            system=guest.system.name,
            board=guest.board.name,
            cpu=guest.board.cpu,
            runtime=runtime,
            model=model.name,
            sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
            versions=told["versions"],
            stages=read_marks(marks.read_text(), told["stages"]),
        )


def count_all(
    counter: Counter, guests: Sequence[Guest], runtimes: Sequence[str], models: Sequence[Path]
) -> Iterator[Count]:
    """Every model in every guest with each of ``runtimes``; DataError for a file that is none."""
    for model in models:
        if not model.is_file():
            raise DataError(f"{model}: no such file; name a .tflite file with --model")
    for model in models:
        for guest in guests:
            for runtime in guest.runtimes(runtimes):
                print_message(f"counting {model.name}, {runtime}, {guest.system.name}, "
                    f"{guest.board.name}")  # fmt: skip
                yield counter.count(guest, runtime, model)


def linked_files(told: str) -> list[Path]:
    """The files that ``ldd`` names: libraries after "=>", the loader by its address alone."""
    return [Path(found) for found in re.findall(r"(?m)^\s*(?:\S+ => )?(/\S+) \(0x", told)]
