"""Board facts, read from a tree that looks like a Raspberry Pi's, and from this machine."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from pathlib import Path

import numpy as np
import pytest

from edge.board import peak_rss_mb, read_board, rss_mb, temperature_c

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
