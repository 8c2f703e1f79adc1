"""deploy.emulator.host: what must be there, and how packages are reached."""

from __future__ import annotations

import os
import platform

import pytest

from deploy.emulator import host
from deploy.emulator.host import check_host, pip_variables, source_lines
from edge.errors import EdgeError

TOLD = """http://mirror.example/debian/ Debian Debian
http://mirror.example/debian/ Debian Debian
http://mirror.example/debian-security/ Debian Debian-Security
https://packages.example/node  . nodistro
"""


@pytest.fixture
def good_host(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(host, "_has", lambda name: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_a_good_host_passes(good_host):
    check_host(host.COUNTING_PROGRAMS)


def test_missing_packages_are_named_with_the_command(good_host, monkeypatch):
    absent = {"bwrap", "qemu-aarch64", "/usr/include/stdio.h"}
    monkeypatch.setattr(host, "_has", lambda name: name not in absent)
    with pytest.raises(EdgeError, match=r"sudo apt install --no-install-recommends bubblewrap`"):
        check_host()
    with pytest.raises(EdgeError, match=r"^bubblewrap libc6-dev qemu-user: not installed; "):
        check_host(host.COUNTING_PROGRAMS)


def test_a_program_is_looked_for_on_the_path_and_a_file_in_its_place(tmp_path):
    assert host._has("sh") and not host._has("no-such-program")
    assert host._has(str(tmp_path)) and not host._has(str(tmp_path / "stdio.h"))


def test_root_is_needed(good_host, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(EdgeError, match="run it with sudo"):
        check_host()


def test_other_systems_are_told_apart(good_host, monkeypatch):
    monkeypatch.setattr(host, "_has", lambda name: False)
    with pytest.raises(EdgeError, match="needs Debian 12"):
        check_host()
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(EdgeError, match="on ARM run `make demo test-edge` itself"):
        check_host()


def test_a_suite_comes_from_the_mirrors_of_this_machine():
    debian, security = source_lines(TOLD, "trixie")
    assert debian.endswith("] http://mirror.example/debian trixie main")
    assert security.endswith("] http://mirror.example/debian-security trixie-security main")


def test_without_updates_of_security_there_is_one_source():
    assert len(source_lines(TOLD.splitlines()[0], "bookworm")) == 1


@pytest.mark.parametrize("told", ["", "https://packages.example/node Node Node\n"])
def test_no_mirror_of_debian(told):
    with pytest.raises(EdgeError, match=r"apt knows no mirror of Debian; run `sudo apt update`"):
        source_lines(told, "bookworm")


def test_variables_win_over_files_and_install_over_global():
    listed = [
        ":env:.timeout='30'",
        "global.index-url='https://pypi.example/simple'",
        "global.timeout='10'",
        "install.timeout='20'",
        "global.extra-index-url='\\nhttps://one.example\\nhttps://two.example'",
        "list.format='columns'",
    ]
    assert pip_variables(listed) == {
        "PIP_INDEX_URL": "https://pypi.example/simple",
        "PIP_TIMEOUT": "30",
        "PIP_EXTRA_INDEX_URL": "https://one.example https://two.example",
    }


def test_files_that_settings_name_come_along(tmp_path):
    certificate = tmp_path / "ca.crt"
    certificate.touch()
    index = tmp_path / "mirror" / "simple"
    index.mkdir(parents=True)
    values = [str(certificate), f"file://{index} https://pypi.example", "/no/such/file", "30"]
    assert host._named_files(values) == (certificate, tmp_path / "mirror")


def test_a_command_that_fails_says_why():
    with pytest.raises(EdgeError, match=r"^the shell: no luck$"):
        host.run(["sh", "-c", "echo no luck >&2; exit 3"], "the shell")
    assert host.run(["echo", "luck"], "echo") == "luck\n"
