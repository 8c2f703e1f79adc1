from __future__ import annotations

import lzma
import subprocess
from pathlib import Path

import pytest

from deploy.emulator.initramfs import EXIT_LINE, File, contents, pack
from deploy.emulator.kernel import Kernel

RELEASE = "6.1.0-1-arm64"


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """A kernel whose modules are a few bytes; the one for overlays is compressed."""
    kernel = Kernel(tmp_path, RELEASE)
    modules = kernel.modules / RELEASE
    modules.mkdir(parents=True)
    names = ["virtio_pci.ko", "9pnet_virtio.ko", "9p.ko"]
    for name in names:
        (modules / name).write_bytes(name.encode())
    (modules / "overlay.ko.xz").write_bytes(lzma.compress(b"overlay"))
    (modules / "modules.dep").write_text(
        "virtio_pci.ko:\n9pnet_virtio.ko: virtio_pci.ko\n9p.ko: 9pnet_virtio.ko\noverlay.ko.xz:\n"
    )
    (modules / "modules.builtin").write_text("")
    kernel.busybox.write_bytes(b"busybox")
    return kernel


def unpacked(archive: bytes) -> dict[str, tuple[int, bytes]]:
    """Mode and content by name, read as the kernel's documentation says (buffer-format.rst)."""
    found = {}
    at = 0
    while True:
        assert archive[at : at + 6] == b"070701" and at % 4 == 0
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = archive[at + 110 : at + 110 + name_size]
        assert name.endswith(b"\0")
        start = -(-(at + 110 + name_size) // 4) * 4
        at = -(-(start + size) // 4) * 4
        if name == b"TRAILER!!!\0":
            assert at == len(archive)
            return found
        found[name[:-1].decode()] = (mode, archive[start : start + size])


def test_an_archive_holds_its_files_and_folders_with_parents_first():
    # Names and contents of lengths that need 0, 1, 2 and 3 bytes of padding.
    files = {"bin/abc": File(b"12345"), "bin": None, "a": File(b""), "bin/ab": File(b"1234")}
    found = unpacked(pack(files))
    assert list(found) == ["a", "bin", "bin/ab", "bin/abc"]
    assert found["bin"] == (0o040755, b"")
    assert found["bin/ab"] == (0o100755, b"1234")
    assert found["bin/abc"] == (0o100755, b"12345")


def test_the_machine_loads_modules_in_order_and_unpacked(kernel: Kernel):
    found = unpacked(pack(contents(kernel, "pi4", "/opt/edge/bin", ["true"])))
    modules = {name: data for name, (_, data) in found.items() if name.startswith("modules/")}
    assert modules == {
        "modules/00-virtio_pci.ko": b"virtio_pci.ko",
        "modules/01-9pnet_virtio.ko": b"9pnet_virtio.ko",
        "modules/02-9p.ko": b"9p.ko",
        "modules/03-overlay.ko": b"overlay",
    }
    assert found["bin/busybox"] == (0o100755, b"busybox")


def test_every_folder_that_the_start_mounts_on_is_there(kernel: Kernel):
    files = contents(kernel, "pi4", "/opt/edge/bin", ["true"])
    folders = {name for name, file in files.items() if file is None}
    assert {"changes", "dev", "lower", "proc", "root", "sys"} <= folders


def test_scripts_are_shell_and_words_of_the_command_stay_words(kernel: Kernel, tmp_path: Path):
    command = ["printf", "<%s>", "a b", "it's"]
    files = contents(kernel, "pi4", "/opt/edge/bin", command)
    for name in ("init", "start"):
        file = files[name]
        assert file is not None
        script = tmp_path / name
        script.write_bytes(file.content)
        subprocess.run(["sh", "-n", script], check=True)
    # What stands between the change of folder and the line that tells the exit code.
    text = (tmp_path / "start").read_text()
    ran = text.partition("cd /repo\n")[2].partition("echo o >")[0]
    told = subprocess.run(["sh", "-c", ran], check=True, capture_output=True, text=True).stdout
    assert told == f"<a b><it's>{EXIT_LINE} 0\n"
