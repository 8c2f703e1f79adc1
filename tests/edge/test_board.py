"""Board facts, read from a tree that looks like a Raspberry Pi's, and from this machine."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.board import (
    Throttling,
    available_mb,
    clock_mhz,
    free_disk_mb,
    machine_name,
    peak_rss_mb,
    read_board,
    rss_mb,
    temperature_c,
    throttling,
)

PI = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
    "proc/cpuinfo": "processor\t: 0\nCPU part\t: 0xd08\n\nprocessor\t: 1\nCPU part\t: 0xd08\n",
    "proc/meminfo": "MemTotal:        3884296 kB\nMemFree:          100 kB\n",
    "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "ondemand\n",
    "sys/class/thermal/thermal_zone0/type": "battery\n",
    "sys/class/thermal/thermal_zone0/temp": "21000\n",
    "sys/class/thermal/thermal_zone1/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone1/temp": "48312\n",
}


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_raspberry_pi(tmp_path: Path) -> None:
    board = read_board(tree(tmp_path, PI))
    assert board.name == "Raspberry Pi 4 Model B Rev 1.4"
    assert board.cpu == "Cortex-A72"
    assert board.memory_mb == 3793
    assert board.os == "Debian GNU/Linux 12 (bookworm)"
    assert board.governor == "ondemand"
    assert board.temperature_c == pytest.approx(48.312)
    assert machine_name(tmp_path) == "Raspberry Pi 4 Model B Rev 1.4, Cortex-A72"


def test_a_pc(tmp_path: Path) -> None:
    files = {
        "sys/class/dmi/id/product_name": "ThinkPad X1\n",
        "proc/cpuinfo": "processor\t: 0\nmodel name\t: Fast CPU: 3 GHz\n",
        "sys/class/hwmon/hwmon0/name": "nvme\n",
        "sys/class/hwmon/hwmon0/temp1_input": "30000\n",
        "sys/class/hwmon/hwmon1/name": "coretemp\n",
        "sys/class/hwmon/hwmon1/temp1_input": "55000\n",
    }
    board = read_board(tree(tmp_path, files))
    assert (board.name, board.cpu) == ("ThinkPad X1", "Fast CPU: 3 GHz")
    assert board.temperature_c == 55.0


def test_what_is_unknown_is_none(tmp_path: Path) -> None:
    board = read_board(tmp_path)
    unknown = (board.name, board.cpu, board.memory_mb, board.os, board.governor)
    assert unknown == (None,) * 5
    assert board.temperature_c is None
    assert rss_mb(tmp_path) is None


@pytest.mark.parametrize("text", ["", "hot\n", "  \n"])
def test_a_sensor_that_says_nothing_useful_is_unknown(text: str, tmp_path: Path) -> None:
    zone = "sys/class/thermal/thermal_zone1/temp"
    assert temperature_c(tree(tmp_path, {**PI, zone: text})) is None


def test_this_machine_fits_into_json() -> None:
    board = read_board()
    assert board.cores == os.cpu_count()
    assert board.python == platform.python_version()
    assert json.loads(json.dumps(dataclasses.asdict(board))) == dataclasses.asdict(board)


def test_memory_follows_what_the_process_holds() -> None:
    before = rss_mb()
    held = np.ones(50 * 2**20, np.uint8)
    after, peak = rss_mb(), peak_rss_mb()
    assert before is not None and after is not None and peak is not None
    assert after - before == pytest.approx(held.nbytes / 2**20, abs=10)
    assert peak >= after


CLOCK = "sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq"
FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"


def test_the_clock_is_the_fastest_cores(tmp_path: Path) -> None:
    files = {CLOCK.format(0): "600000\n", CLOCK.format(1): "1800000\n", CLOCK.format(2): "\n"}
    assert clock_mhz(tree(tmp_path, files)) == 1800


def test_the_clock_of_a_pc_without_cpufreq(tmp_path: Path) -> None:
    text = "processor\t: 0\ncpu MHz\t\t: 2596.120\n\nprocessor\t: 1\ncpu MHz\t\t: 2400.0\n"
    assert clock_mhz(tree(tmp_path, {"proc/cpuinfo": text})) == 2596


def test_no_clock_is_told(tmp_path: Path) -> None:
    assert clock_mhz(tree(tmp_path, {"proc/cpuinfo": "CPU part\t: 0xd08\n"})) is None


def test_available_memory(tmp_path: Path) -> None:
    text = "MemTotal: 3884296 kB\nMemFree: 1000 kB\nMemAvailable: 2097152 kB\n"
    assert available_mb(tree(tmp_path, {"proc/meminfo": text})) == 2048
    assert available_mb(tmp_path / "nowhere") is None


def test_free_disk(tmp_path: Path) -> None:
    free = free_disk_mb(tmp_path)
    assert free is not None
    assert 0 <= free <= os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize / 2**20
    assert free_disk_mb(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    "bits, names",
    [
        (0, ()),
        (0x1, ("under-voltage now",)),
        (0x2, ("frequency capped now",)),
        (0x8, ("soft temperature limit now",)),
        (0x20000, ("frequency capped since boot",)),
        (0xE0008, ("soft temperature limit now", "frequency capped since boot",
                   "throttled since boot", "soft temperature limit since boot")),
        (0x50005, ("under-voltage now", "throttled now",
                   "under-voltage since boot", "throttled since boot")),
    ],
)  # fmt: skip
def test_each_bit_has_its_name(bits: int, names: tuple[str, ...]) -> None:
    assert Throttling(bits).names() == names


def test_under_voltage_is_what_holds_now() -> None:
    assert Throttling(0x50005).under_voltage
    assert not Throttling(0x50000).under_voltage


@pytest.fixture
def vcgencmd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a shell script called vcgencmd on PATH; without a call there is none."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")

    def write(script: str) -> None:
        path = programs / "vcgencmd"
        path.write_text(script)
        path.chmod(0o755)

    return write


@pytest.mark.parametrize(
    "path",
    [
        FIRMWARE,
        "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
    ],
)
def test_the_kernels_own_word_comes_first(
    path: str, tmp_path: Path, vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd("#!/bin/sh\necho throttled=0x1\n")
    assert throttling(tree(tmp_path, {path: "50005\n"})) == Throttling(0x50005)


@pytest.mark.parametrize("text", ["", "no number\n"])
def test_vcgencmd_is_asked_where_the_kernel_says_nothing(
    text: str, tmp_path: Path, vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd('#!/bin/sh\n[ "$*" = get_throttled ] && echo throttled=0x50000\n')
    assert throttling(tree(tmp_path, {FIRMWARE: text})) == Throttling(0x50000)


VOLTAGE = {
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
}


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("#!/bin/sh\necho 'VCHI initialization failed'; exit 255\n", id="fails"),
        pytest.param("#!/bin/sh\necho throttled=high\n", id="no number"),
        pytest.param("#!/bin/sh\nsleep 60\n", id="hangs"),
        pytest.param("#!/no/such/shell\n", id="no program"),
    ],
)
def test_the_voltage_sensor_is_left_when_vcgencmd_fails(
    script: str, tmp_path: Path, vcgencmd: Callable[[str], None]
) -> None:
    vcgencmd(script)
    started_s = time.monotonic()
    told = throttling(tree(tmp_path, VOLTAGE))
    assert told == Throttling(1, only_voltage=True)
    assert told.names() == ("under-voltage now",)
    assert time.monotonic() - started_s < 5


def test_a_board_without_a_firmware_to_ask(tmp_path: Path, vcgencmd: object) -> None:
    assert throttling(tree(tmp_path, PI)) is None
