"""deploy.emulator.guest: the command that runs another one in a guest."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.emulator.boards import BOARDS
from deploy.emulator.guest import (
    Extra,
    Guest,
    ready_content,
    ready_mark,
    wanted_requirements,
)
from deploy.emulator.systems import SYSTEMS
from edge.errors import EdgeError


@pytest.fixture
def guest(tmp_path) -> Guest:
    return Guest(tmp_path, SYSTEMS["bookworm"], BOARDS["pi5"])


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """Has the given shell script run instead of setarch, and so of the whole guest."""

    def replace(script: str) -> None:
        program = tmp_path / "bin" / "setarch"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return replace


def pairs(command: list[str], option: str) -> dict[str, str]:
    """The two words after each ``option``, the second one by the first."""
    return {command[i + 1]: command[i + 2] for i, word in enumerate(command) if word == option}


def test_a_guest_is_its_system_with_the_boards_facts(guest, tmp_path):
    command = guest.command(["uname", "-m"])
    assert command[-3:] == ["--", "uname", "-m"]
    assert pairs(command, "--bind")[str(tmp_path / "bookworm")] == "/"
    mounted = {place: Path(source) for source, place in pairs(command, "--ro-bind").items()}
    assert "0xd0b" in mounted["/proc/cpuinfo"].read_text()
    assert (mounted["/sys"] / "devices/system/cpu/present").read_text() == "0-3\n"
    assert (mounted["/repo"] / "requirements-edge.txt").exists()
    assert pairs(command, "--setenv")["QEMU_CPU"] == "cortex-a76"


def test_the_hosts_variables_stay_outside(guest, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    command = guest.command(["true"])
    assert "--clearenv" in command and "PYTHONPATH" not in command


def test_extras_are_mounted_and_set_and_win(guest, tmp_path):
    extra = Extra([(tmp_path, "/models")], [(tmp_path, "/cache")], {"QEMU_CPU": "max", "A": "b"})
    command = guest.command(["true"], extra)
    assert pairs(command, "--ro-bind")[str(tmp_path)] == "/models"
    assert pairs(command, "--bind")[str(tmp_path)] == "/cache"
    assert pairs(command, "--setenv")["QEMU_CPU"] == "max"
    assert pairs(command, "--setenv")["A"] == "b"


def test_a_system_that_is_not_built_names_the_command(guest):
    with pytest.raises(EdgeError, match=r"bookworm is not built; run `sudo .* build --system book"):
        guest.require()
    ready_mark(guest.root).parent.mkdir(parents=True)
    ready_mark(guest.root).write_text(ready_content(wanted_requirements(guest.system)))
    guest.require()


def test_a_system_of_other_requirements_is_refused(guest):
    ready_mark(guest.root).parent.mkdir(parents=True)
    ready_mark(guest.root).write_text("[edge]\nnumpy<2\n")
    with pytest.raises(EdgeError, match=r"bookworm was built from other requirements; run `sudo"):
        guest.require()


def test_the_exit_code_comes_back_and_the_words_go_into_the_log(guest, outside, tmp_path):
    outside("echo out; echo err >&2; exit 7")
    log = tmp_path / "logs" / "a.log"
    assert guest.run(["true"], log=log) == 7
    assert log.read_text() == "out\nerr\n"


def test_what_hangs_is_ended_and_told(guest, outside, tmp_path):
    outside("exec sleep 60")
    with pytest.raises(EdgeError, match=r"^python -V: took more than 0\.1 s on pi5; see .*a\.log$"):
        guest.run(["python", "-V"], log=tmp_path / "a.log", limit_s=0.1)
