"""deploy.emulator.boards: what a guest finds in /proc and /sys is what it finds on the board."""

from __future__ import annotations

import shutil

import pytest

from deploy.emulator.boards import BOARDS, cpuinfo, write_facts
from edge.board import read_board


@pytest.mark.parametrize(
    "name, model, core",
    [
        ("pi4", "Raspberry Pi 4 Model B Rev 1.5", "Cortex-A72"),
        ("pi5", "Raspberry Pi 5 Model B Rev 1.0", "Cortex-A76"),
    ],
)
def test_the_app_recognizes_the_board(tmp_path, name, model, core):
    write_facts(BOARDS[name], tmp_path)
    shutil.move(tmp_path / "cpuinfo", tmp_path / "proc/cpuinfo")  # mounted over it in a guest
    board = read_board(tmp_path)
    assert (board.name, board.cpu) == (model, core)
    assert board.temperature_c is None, "none is better than one made up"


def test_only_the_pi_5_has_the_dot_product():
    features = {
        name: next(line for line in cpuinfo(board).splitlines() if line.startswith("Features"))
        for name, board in BOARDS.items()
    }
    assert "asimddp" in features["pi5"]
    assert "asimddp" not in features["pi4"]


def test_four_cores_are_told_alike(tmp_path):
    write_facts(BOARDS["pi5"], tmp_path)
    assert (tmp_path / "cpuinfo").read_text().count("processor\t") == 4
    cpus = tmp_path / "sys/devices/system/cpu"
    assert (cpus / "possible").read_text() == "0-3\n"
    assert (cpus / "cpu3/cpufreq/cpuinfo_max_freq").read_text() == "2400000\n"


def test_the_device_tree_ends_its_texts_as_the_kernel_does(tmp_path):
    write_facts(BOARDS["pi4"], tmp_path)
    compatible = (tmp_path / "proc/device-tree/compatible").read_bytes()
    assert compatible == b"raspberrypi,4-model-b\0brcm,bcm2711\0"
