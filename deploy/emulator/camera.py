"""The camera app on a camera device, V4L2's own in software, in a machine with Debian's kernel.

What the machine does is in camera_trial, what is expected of it in camera_checks.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.emulator.camera_checks import Check, judge, read_facts
from deploy.emulator.camera_plan import FACT
from deploy.emulator.guest import Guest
from deploy.emulator.initramfs import contents, write_initramfs
from deploy.emulator.kernel import fetch_kernel
from deploy.emulator.machine import Machine
from edge.errors import EdgeError
from edge.messages import print_message

LIMIT_S = 1800.0
_MODULE = "deploy.emulator.camera_trial"


@dataclass(frozen=True)
class Trial:
    """How the trial of one system on one board went."""

    checks: list[Check]
    seconds: float  # wall time, from power on to power off


def try_camera(guest: Guest, steps: Sequence[str], limit_s: float) -> Trial:
    """Boot a machine with ``guest``'s system and board, and try the app there in ``steps``.

    Its console is kept in work/logs, and told on stderr as it comes. A machine that is not off
    after ``limit_s`` seconds is ended, which fails. Raises EdgeError when the kernel cannot be had.
    """
    kernel = fetch_kernel(guest.work, guest.system.name)
    name = f"{guest.system.name}-{guest.board.name}-camera"
    edge = guest.system.edge
    initramfs = guest.work / "boot" / f"{name}.cpio"
    command = [edge.python, "-m", _MODULE, *steps]
    write_initramfs(initramfs, contents(kernel, guest.board.name, f"{edge.folder}/bin", command))
    transcript = guest.work / "logs" / f"{name}.log"
    print_message(f"{guest.system.name}, {guest.board.name}: booting; see {transcript}")
    console: list[str] = []

    def tell(line: str) -> None:
        console.append(line)
        if line.strip() and not line.startswith(FACT):
            print(f"  {line}", file=sys.stderr, flush=True)

    start_s = time.monotonic()
    fault = ""
    try:
        code = Machine(guest, kernel, initramfs).boot(transcript, limit_s, tell)
        if code:
            fault = f"the trial ended with {code}; see {transcript}"
    except EdgeError as error:  # what was found until then is worth a table
        fault = str(error)
    seconds = time.monotonic() - start_s
    checks = judge(read_facts(console), steps)
    checks.append(Check("off at the end", not fault, fault or "by itself", seconds))
    return Trial(checks, seconds)
