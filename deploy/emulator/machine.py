"""A whole machine in qemu: Debian's kernel on a board's processor, with a guest's files.

It has its own kernel and devices, which a command in a guest (guest.py) has not, and takes some ten
times as long.
"""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.emulator.guest import REPOSITORY as CHECKOUT
from deploy.emulator.guest import Guest
from deploy.emulator.initramfs import EXIT_LINE, MODULES, REPOSITORY, SYSTEM
from deploy.emulator.kernel import Kernel
from edge.errors import EdgeError

PROGRAMS = {"qemu-system-aarch64": "qemu-system-arm", "depmod": "kmod", "dpkg-deb": "dpkg"}

_PROCESSORS = 2
_MEMORY_MIB = 1024
_NICENESS = 5  # somebody works at the host meanwhile
_LAST_LINES = 15
_KERNEL_OPTIONS = ("console=ttyAMA0", "loglevel=1", "panic=-1", "mitigations=off")


@dataclass(frozen=True)
class Machine:
    """A board's processor, a kernel, and what it boots into."""

    guest: Guest  # its system, and its board
    kernel: Kernel
    initramfs: Path

    def command(self) -> list[str]:
        """The host's command that boots it; its console is stdin and stdout."""
        board = self.guest.board
        return [
            *("nice", "-n", str(_NICENESS), "qemu-system-aarch64"),
            *("-M", "virt,gic-version=3", "-cpu", board.cpu, "-accel", "tcg,thread=multi"),
            *("-smp", str(_PROCESSORS), "-m", str(_MEMORY_MIB)),
            *("-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none"),
            "-no-reboot",
            *_share(self.guest.root, SYSTEM),
            *_share(CHECKOUT, REPOSITORY),
            *_share(self.kernel.modules, MODULES),
            *("-kernel", str(self.kernel.image), "-initrd", str(self.initramfs)),
            *("-append", " ".join(_KERNEL_OPTIONS)),
        ]

    def boot(self, transcript: Path, limit_s: float, tell: Callable[[str], None]) -> int:
        """Boot it, run its command, until it is off; the command's exit code.

        Each line of its console goes to ``tell`` and, with the seconds since the start, to the file
        ``transcript``. Raises EdgeError when it is not off after ``limit_s`` seconds, which ends
        it, or did not come to the end of its command.
        """
        transcript.parent.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        hung = threading.Event()

        def end() -> None:
            hung.set()
            process.kill()

        timer = threading.Timer(limit_s, end)
        timer.daemon = True
        timer.start()
        try:
            with process.stdout as console, transcript.open("w") as stream:
                lines = _follow(console, stream, tell)
            process.wait()
        finally:
            timer.cancel()
            process.kill()
            process.wait()
        code = exit_code(lines)
        if code is None or hung.is_set():
            fault = f"was not off after {limit_s:g} s" if hung.is_set() else "went off too early"
            last = " | ".join(lines[-_LAST_LINES:]) or "it printed nothing"
            raise EdgeError(f"{self.guest.board.name}: the machine {fault}; {transcript}: {last}")
        return code


def _share(folder: Path, name: str) -> list[str]:
    """Options by which the machine can read ``folder`` of the host as ``name``."""
    # resolve(): qemu would not follow a link. A comma in a value is written twice.
    path = str(folder.resolve()).replace(",", ",,")
    return [
        "-fsdev",
        f"local,id={name},path={path},security_model=none,multidevs=remap,readonly=on",
        "-device",
        f"virtio-9p-pci,fsdev={name},mount_tag={name}",
    ]


def _follow(console: IO[bytes], stream: IO[str], tell: Callable[[str], None]) -> list[str]:
    """Read the console to its end; its lines."""
    start_s = time.monotonic()
    lines = []
    for raw in console:
        line = raw.decode("utf-8", "replace").rstrip()
        stream.write(f"[{time.monotonic() - start_s:7.2f}] {line}\n")
        stream.flush()
        lines.append(line)
        tell(line)
    return lines


def exit_code(console: list[str]) -> int | None:
    """The exit code of the machine's command, as its console says it; None when it does not."""
    for line in reversed(console):
        if found := re.fullmatch(re.escape(EXIT_LINE) + r" (\d+)", line):
            return int(found.group(1))
    return None
