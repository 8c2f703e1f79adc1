"""The board: its clock governor, heat, supply, disk, memory and time."""

from __future__ import annotations

import ctypes
from datetime import datetime, timezone
from pathlib import Path

from edge.board import (
    Throttling,
    available_mb,
    clock_mhz,
    free_disk_mb,
    read_board,
    temperature_c,
    throttling,
)
from edge.checks.check import Check

_HOT_C = 80.0  # the Pi slows down here
_LITTLE_DISK_MB = 200
_LITTLE_MEMORY_MB = 150  # the camera app needs about 90
_OLDEST_YEAR = 2024
_CPUS = "/sys/devices/system/cpu"
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronized
_SUPPLY = "use the board's own power supply (5 V, 3 A; Pi 5: 5 A) and a short, thick cable"
_COOLING = "fit a heat sink or a fan, and let air to the board"


def check_board(root: Path = Path("/")) -> list[Check]:
    """Which board it is, how its clock follows the load, and how warm it is."""
    board = read_board(root)
    facts = (board.name, board.cpu or board.architecture, f"{board.cores} cores", board.os)
    return [
        Check("board", "info", ", ".join(fact for fact in facts if fact)),
        _check_governor(board.governor, root),
        _check_temperature(temperature_c(root)),
        check_throttling(throttling(root)),
    ]


def _check_governor(governor: str | None, root: Path) -> Check:
    clock = clock_mhz(root)
    now = f", {clock} MHz now" if clock else ""
    if governor is None:
        return Check("governor", "info", f"not told by this machine{now}")
    driver = root / _CPUS.lstrip("/") / "cpu0/cpufreq/scaling_driver"
    # On Intel and AMD "powersave" is the usual governor and follows the load.
    is_dynamic = driver.is_file() and "pstate" in driver.read_text(errors="replace")
    if governor == "powersave" and not is_dynamic:
        remedy = f"echo ondemand | sudo tee {_CPUS}/cpu*/cpufreq/scaling_governor"
        return Check("governor", "warning", f"{governor}: the slowest clock always{now}", remedy)
    return Check("governor", "ok", f"{governor}{now}")


def _check_temperature(celsius: float | None) -> Check:
    if celsius is None:
        return Check("temperature", "info", "not told by this machine")
    if celsius >= _HOT_C:
        found = f"{celsius:.0f} degrees C: the clock is lowered from {_HOT_C:.0f} on"
        return Check("temperature", "warning", found, _COOLING)
    return Check("temperature", "ok", f"{celsius:.0f} degrees C")


def check_throttling(told: Throttling | None) -> Check:
    """What the firmware says, with the remedy for its cause."""
    if told is None:
        return Check("throttling", "info", "not told by this machine")
    names = told.names()
    if not names:
        only = "no under-voltage (the rest needs vcgencmd)"
        return Check("throttling", "ok", only if told.only_voltage else "none since boot")
    is_voltage = any("voltage" in name for name in names)
    is_heat = not is_voltage or any("temperature" in name for name in names)
    remedies = [_SUPPLY] * is_voltage + [_COOLING] * is_heat
    return Check("throttling", "warning", ", ".join(names), "; ".join(remedies))


def check_room(folder: Path, root: Path = Path("/")) -> list[Check]:
    """Free disk where ``folder`` is, and free memory."""
    disk, memory = free_disk_mb(folder), available_mb(root)
    checks = []
    if disk is not None:
        is_little = disk < _LITTLE_DISK_MB
        remedy = "sudo apt clean && sudo journalctl --vacuum-size=50M" if is_little else ""
        found = f"{disk:,} MB free here"
        checks.append(Check("disk", "warning" if is_little else "ok", found, remedy))
    if memory is not None:
        is_little = memory < _LITTLE_MEMORY_MB
        remedy = "close other programs (`top -o %MEM` shows the largest)" if is_little else ""
        found = f"{memory:,} MB available"
        checks.append(Check("memory", "warning" if is_little else "ok", found, remedy))
    return checks


def check_clock(now: datetime | None = None, synchronized: bool | None = None) -> Check:
    """Records carry the time, and a board without a battery wakes up in the past.

    ``now`` and ``synchronized`` are asked of this machine where they are None.
    """
    # Not datetime.UTC: a Python that lacks it shall get as far as being told so.
    now = now or datetime.now(timezone.utc)  # noqa: UP017
    is_set = _is_synchronized() if synchronized is None else synchronized
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    if now.year < _OLDEST_YEAR:
        remedy = "connect to the network and wait a minute, or `sudo date -s 'YYYY-MM-DD HH:MM'`"
        return Check("clock", "warning", f"{found}: is not set", remedy)
    if is_set is False:
        remedy = "sudo timedatectl set-ntp true"
        return Check("clock", "warning", f"{found}, not synchronized with a time server", remedy)
    return Check("clock", "ok", found + (", synchronized" if is_set else ""))


def _is_synchronized() -> bool | None:
    """What the kernel says about its clock; None where it says nothing."""
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    # Zeros ask without changing anything; struct timex is smaller than this everywhere.
    state = adjtimex(ctypes.create_string_buffer(512))
    return None if state < 0 else state != _TIME_ERROR
