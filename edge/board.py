"""What is known about the machine; None stands for what it does not tell."""

from __future__ import annotations

import os
import platform
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

_KIB_PER_MIB = 1024
# The kernel names ARM cores by number only; these are the ones on Raspberry Pi boards.
_ARM_CORES = {
    "0xb76": "ARM1176",
    "0xc07": "Cortex-A7",
    "0xd03": "Cortex-A53",
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
}
_CPU_SENSORS = ("cpu", "soc", "x86_pkg_temp", "coretemp", "k10temp")


@dataclass(frozen=True)
class Board:
    """Facts that explain a latency figure."""

    name: str | None  # "Raspberry Pi 5 Model B Rev 1.0", a PC's product name
    cpu: str | None  # "Cortex-A76", "Intel(R) Core(TM) i5 ..."
    architecture: str  # "aarch64", "x86_64"
    cores: int | None
    memory_mb: int | None  # MiB
    os: str | None
    kernel: str
    python: str
    governor: str | None  # "performance", "ondemand" ...: how the clock follows the load
    temperature_c: float | None  # of the CPU, degrees Celsius, now


def read_board(root: Path = Path("/")) -> Board:
    """The facts of this machine, or of the one whose /proc, /sys and /etc lie under ``root``."""
    return Board(
        name=_name(root),
        cpu=_cpu(root),
        architecture=platform.machine(),
        cores=os.cpu_count(),
        memory_mb=_memory_mb(root),
        os=_fields(root / "etc/os-release", "=").get("PRETTY_NAME"),
        kernel=platform.release(),
        python=platform.python_version(),
        governor=_text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        temperature_c=temperature_c(root),
    )


def temperature_c(root: Path = Path("/")) -> float | None:
    """The CPU's temperature in degrees Celsius."""
    zones = sorted((root / "sys/class/thermal").glob("thermal_zone*"))
    monitors = sorted((root / "sys/class/hwmon").glob("hwmon*"))
    sensors = [(_text(zone / "type"), zone / "temp") for zone in zones]
    sensors += [(_text(monitor / "name"), monitor / "temp1_input") for monitor in monitors]
    # Other sensors (battery, disk, network) say nothing about throttling.
    for kind, path in sensors:
        if kind is not None and any(name in kind.lower() for name in _CPU_SENSORS):
            millidegrees = _whole(_text(path))
            if millidegrees is not None:
                return millidegrees / 1000
    return None


def rss_mb(root: Path = Path("/")) -> float | None:
    """Memory of this process that is in RAM now, in MiB."""
    return _status_mb(root, "VmRSS")


def peak_rss_mb(root: Path = Path("/")) -> float | None:
    """The most memory of this process that was ever in RAM, in MiB."""
    peak = _status_mb(root, "VmHWM")
    if peak is None and sys.platform == "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB
    return peak


def _name(root: Path) -> str | None:
    return _text(root / "proc/device-tree/model") or _text(root / "sys/class/dmi/id/product_name")


def _cpu(root: Path) -> str | None:
    facts = _fields(root / "proc/cpuinfo", ":")
    return facts.get("model name") or _ARM_CORES.get(facts.get("CPU part", ""))


def _memory_mb(root: Path) -> int | None:
    kib = _whole(_fields(root / "proc/meminfo", ":").get("MemTotal"))
    return None if kib is None else kib // _KIB_PER_MIB


def _status_mb(root: Path, field: str) -> float | None:
    kib = _whole(_fields(root / "proc/self/status", ":").get(field))
    return None if kib is None else round(kib / _KIB_PER_MIB, 1)


def _fields(path: Path, separator: str) -> dict[str, str]:
    """``name separator value`` lines; the first of a name counts, quotes around values go."""
    fields: dict[str, str] = {}
    for line in (_text(path) or "").splitlines():
        name, found, value = line.partition(separator)
        if found:
            fields.setdefault(name.strip(), value.strip().strip('"'))
    return fields


def _whole(text: str | None) -> int | None:
    """The number that ``text`` starts with, as in ``8052360 kB``."""
    words = (text or "").split()
    try:
        return int(words[0]) if words else None
    except ValueError:
        return None


def _text(path: Path) -> str | None:
    """The file's text without surrounding space and NULs; None when there is none."""
    try:
        return path.read_text(errors="replace").strip("\0 \n\t") or None
    except OSError:  # absent here, or a sensor that is switched off
        return None
