"""The boards: what qemu must run as, and what /proc and /sys say on the real ones.

Runtimes choose their kernels by these files: without them XNNPACK does not know its processor,
and takes others than on the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_CORES = 4
_KHZ_PER_MHZ = 1000


@dataclass(frozen=True)
class Board:
    """One model of Raspberry Pi."""

    name: str  # as in --board
    model: str  # of the device tree
    compatible: tuple[str, ...]  # of the device tree
    revision: str  # of /proc/cpuinfo
    cpu: str  # as qemu names it
    part: str  # of the core, in ARM's numbers, as /proc/cpuinfo has them
    variant: str
    stepping: int  # "CPU revision" in /proc/cpuinfo
    features: str  # as the kernel names the instruction sets
    mhz: tuple[int, int]  # slowest and fastest clock


BOARDS = {
    board.name: board
    for board in (
        Board(
            name="pi4",
            model="Raspberry Pi 4 Model B Rev 1.5",
            compatible=("raspberrypi,4-model-b", "brcm,bcm2711"),
            revision="c03115",
            cpu="cortex-a72",
            part="0xd08",
            variant="0x0",
            stepping=3,
            features="fp asimd evtstrm crc32 cpuid",
            mhz=(600, 1800),
        ),
        Board(
            name="pi5",
            model="Raspberry Pi 5 Model B Rev 1.0",
            compatible=("raspberrypi,5-model-b", "brcm,bcm2712"),
            revision="c04170",
            cpu="cortex-a76",
            part="0xd0b",
            variant="0x4",
            stepping=1,
            features="fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid "
            "asimdrdm lrcpc dcpop asimddp",
            mhz=(1500, 2400),
        ),
    )
}


def cpuinfo(board: Board) -> str:
    """The board's /proc/cpuinfo."""
    core = (
        f"BogoMIPS\t: 108.00\nFeatures\t: {board.features}\nCPU implementer\t: 0x41\n"
        f"CPU architecture: 8\nCPU variant\t: {board.variant}\nCPU part\t: {board.part}\n"
        f"CPU revision\t: {board.stepping}\n\n"
    )
    cores = "".join(f"processor\t: {number}\n{core}" for number in range(_CORES))
    return f"{cores}Revision\t: {board.revision}\nModel\t\t: {board.model}\n"


def write_facts(board: Board, folder: Path) -> None:
    """Write ``cpuinfo``, ``sys/`` and ``proc/device-tree/`` of the board below ``folder``.

    Sensors are left out: an emulated board has no temperature, and none is better than one made up.
    """
    files = {"cpuinfo": cpuinfo(board), **_device_tree(board), **_cpus(board)}
    for name, text in files.items():
        path = folder / name
        # Another guest may be reading it.
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def _device_tree(board: Board) -> dict[str, str]:
    # Strings end with a NUL there.
    return {
        "proc/device-tree/model": f"{board.model}\0",
        "proc/device-tree/compatible": "".join(f"{name}\0" for name in board.compatible),
    }


def _cpus(board: Board) -> dict[str, str]:
    cpus = "sys/devices/system/cpu"
    every = f"0-{_CORES - 1}\n"
    files = {f"{cpus}/{name}": every for name in ("possible", "present", "online")}
    slowest, fastest = (mhz * _KHZ_PER_MHZ for mhz in board.mhz)
    for number in range(_CORES):
        cpu = f"{cpus}/cpu{number}"
        files[f"{cpu}/cpufreq/cpuinfo_min_freq"] = f"{slowest}\n"
        files[f"{cpu}/cpufreq/cpuinfo_max_freq"] = f"{fastest}\n"
        files[f"{cpu}/topology/physical_package_id"] = "0\n"
        files[f"{cpu}/topology/core_id"] = f"{number}\n"
        files[f"{cpu}/topology/core_siblings_list"] = every
        files[f"{cpu}/topology/package_cpus_list"] = every
    return files
