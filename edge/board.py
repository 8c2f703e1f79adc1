"""What is known about the machine; None stands for what it does not tell."""

from __future__ import annotations

import os
import platform
import re
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
# Bits of the Raspberry Pi firmware's get_throttled word; each has its "since boot" 16 bits higher.
# https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
_THROTTLED_BITS = {
    0: "under-voltage",
    1: "frequency capped",
    2: "throttled",
    3: "soft temperature limit",
}
_SINCE_BOOT = 16
_VCGENCMD_TIMEOUT_S = 1.0


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


def machine_name(root: Path = Path("/")) -> str:
    """What tells this kind of machine from others; two files to read, where read_board has ten."""
    return f"{_name(root) or platform.machine()}, {_cpu(root)}"


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


def clock_mhz(root: Path = Path("/")) -> int | None:
    """The clock of the fastest core now, in MHz."""
    cores = sorted((root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_cur_freq"))
    rates_khz = [khz for khz in (_whole(_text(core)) for core in cores) if khz is not None]
    if rates_khz:
        return round(max(rates_khz) / 1000)
    told = re.findall(r"(?m)^cpu MHz\s*:\s*([\d.]+)", _text(root / "proc/cpuinfo") or "")
    return round(max(map(float, told))) if told else None


@dataclass(frozen=True)
class Throttling:
    """What the Raspberry Pi's firmware says about its supply and its heat."""

    bits: int  # of get_throttled: 0 to 3 what holds now, 16 to 19 what has been since boot
    only_voltage: bool = False  # True where the kernel tells under-voltage and nothing else

    @property
    def under_voltage(self) -> bool:
        """True while the supply gives less than 4.63 V."""
        return bool(self.bits & 1)

    def names(self) -> tuple[str, ...]:
        """What holds now, then what has been, such as "throttled now", "throttled since boot"."""
        now = [f"{name} now" for bit, name in _THROTTLED_BITS.items() if self.bits >> bit & 1]
        past = self.bits >> _SINCE_BOOT
        since = [f"{name} since boot" for bit, name in _THROTTLED_BITS.items() if past >> bit & 1]
        return (*now, *since)


def throttling(root: Path = Path("/")) -> Throttling | None:
    """The firmware's throttling word; None on other boards. Takes 1.2 s at most, never raises."""
    told = kernel_throttling(root)
    if told is not None:
        return told
    bits = _vcgencmd_bits()
    if bits is not None:
        return Throttling(bits)
    for monitor in (root / "sys/class/hwmon").glob("hwmon*"):
        if _text(monitor / "name") == "rpi_volt":
            alarm = _whole(_text(monitor / "in0_lcrit_alarm"))
            if alarm is not None:
                return Throttling(int(alarm != 0), only_voltage=True)
    return None


def kernel_throttling(root: Path = Path("/")) -> Throttling | None:
    """The firmware's throttling word where the kernel itself tells it, at once; else None."""
    # "soc" on the Pi 0 to 4, "soc@107c000000" on the Pi 5.
    for path in (root / "sys/devices/platform").glob("soc*/soc*:firmware/get_throttled"):
        bits = _hexadecimal(_text(path))
        if bits is not None:
            return Throttling(bits)
    return None


def vcgencmd_path() -> str | None:
    """The program that asks a Raspberry Pi's firmware; None where it is not installed."""
    import shutil  # here, as it brings every packer of archives along

    return shutil.which("vcgencmd")


def _vcgencmd_bits() -> int | None:
    """What ``vcgencmd get_throttled`` answers, such as ``throttled=0x50005``."""
    program = vcgencmd_path()
    if program is None:
        return None
    from edge.command import run_bounded  # here, because only a Pi's app needs subprocess

    try:
        answer = run_bounded([program, "get_throttled"], _VCGENCMD_TIMEOUT_S).stdout
    except OSError:  # it hangs, or is no program of this machine
        return None
    name, _, value = answer.strip().partition("=")
    return _hexadecimal(value) if name == "throttled" else None


def free_disk_mb(path: Path) -> int | None:
    """MiB that this user can still write where ``path`` is; None when it is nowhere."""
    import shutil  # see vcgencmd_path

    try:
        return shutil.disk_usage(path).free // 2**20
    except OSError:
        return None


def available_mb(root: Path = Path("/")) -> int | None:
    """Memory that programs can still take without swapping, in MiB."""
    kib = _whole(_fields(root / "proc/meminfo", ":").get("MemAvailable"))
    return None if kib is None else kib // _KIB_PER_MIB


def rss_mb(root: Path = Path("/")) -> float | None:
    """Memory of this process that is in RAM now, in MiB."""
    return _status_mb(root, "VmRSS")


def peak_rss_mb(root: Path = Path("/")) -> float | None:
    """The most memory of this process that was ever in RAM, in MiB."""
    peak = _status_mb(root, "VmHWM")
    if peak is None and sys.platform == "linux":
        import resource

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


def _hexadecimal(text: str | None) -> int | None:
    """The number that ``text`` is in hexadecimal digits, with or without 0x."""
    try:
        return int(text or "", 16)
    except ValueError:
        return None


def _text(path: Path) -> str | None:
    """The file's text without surrounding space and NULs; None when there is none."""
    try:
        return path.read_text(errors="replace").strip("\0 \n\t") or None
    except OSError:  # absent here, or a sensor that is switched off
        return None
