from __future__ import annotations

import time
from pathlib import Path

import pytest

from deploy.emulator.boards import BOARDS
from deploy.emulator.guest import Guest
from deploy.emulator.initramfs import EXIT_LINE
from deploy.emulator.kernel import Kernel
from deploy.emulator.machine import Machine, exit_code
from deploy.emulator.systems import SYSTEMS
from edge.errors import EdgeError


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    guest = Guest(tmp_path / "work,1", SYSTEMS["bookworm"], BOARDS["pi5"])
    return Machine(guest, Kernel(tmp_path / "kernel", "6.1.0-1-arm64"), tmp_path / "start.cpio")


@pytest.fixture
def fake_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a shell script what the machine boots in."""

    def make(script: str) -> None:
        program = tmp_path / "bin" / "qemu-system-aarch64"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return make


def test_the_command_line_names_processor_kernel_and_shares(machine: Machine, tmp_path: Path):
    words = machine.command()
    assert words[words.index("-cpu") + 1] == "cortex-a76"
    assert words[words.index("-kernel") + 1] == str(tmp_path / "kernel" / "vmlinuz")
    assert words[words.index("-initrd") + 1] == str(tmp_path / "start.cpio")
    shares = [word for word in words if word.startswith("local,")]
    assert len(shares) == 3
    # Other guests use the same files, and this checkout is somebody's work.
    assert all(share.endswith(",readonly=on") for share in shares)
    # A comma ends an option's value unless it is doubled.
    assert f"path={tmp_path}/work,,1/bookworm," in shares[0]


def test_a_machine_that_goes_off_gives_its_command_s_exit_code(machine, fake_qemu, tmp_path):
    fake_qemu(f"echo hello; printf '{EXIT_LINE} 3\\r\\n'; echo 'reboot: Power down'")
    told: list[str] = []
    transcript = tmp_path / "logs" / "console.log"
    assert machine.boot(transcript, 20, told.append) == 3
    assert told == ["hello", f"{EXIT_LINE} 3", "reboot: Power down"]
    assert [line.partition("] ")[2] for line in transcript.read_text().splitlines()] == told


def test_a_machine_that_hangs_is_ended_and_its_last_lines_told(machine, fake_qemu, tmp_path):
    fake_qemu("echo 'first line'; echo 'last line'; exec sleep 60")
    start_s = time.monotonic()
    with pytest.raises(EdgeError, match=r"was not off after 1 s; .*first line \| last line$"):
        machine.boot(tmp_path / "console.log", 1, lambda line: None)
    assert time.monotonic() - start_s < 30


def test_a_machine_that_does_not_come_to_its_command_is_an_error(machine, fake_qemu, tmp_path):
    fake_qemu("echo 'Kernel panic - not syncing'")
    with pytest.raises(EdgeError, match=r"went off too early; .*Kernel panic"):
        machine.boot(tmp_path / "console.log", 20, lambda line: None)


@pytest.mark.parametrize(
    "console, expected",
    [
        pytest.param([f"{EXIT_LINE} 0", "reboot: Power down"], 0, id="amid other lines"),
        pytest.param([f"{EXIT_LINE} 1", f"{EXIT_LINE} 2"], 2, id="the last one is the script's"),
        pytest.param([f"echo {EXIT_LINE} 0"], None, id="only a whole line"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_exit_code(console: list[str], expected: int | None):
    assert exit_code(console) == expected
