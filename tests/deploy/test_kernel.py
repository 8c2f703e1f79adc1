from __future__ import annotations

from pathlib import Path

import pytest

from deploy.emulator.kernel import apt_settings, needed_modules, real_package
from edge.errors import EdgeError

# As depmod writes it: what a module needs is listed in full, the first to load last.
DEPENDENCIES = """\
kernel/net/9p/9pnet.ko:
kernel/net/9p/9pnet_virtio.ko: kernel/net/9p/9pnet.ko
kernel/fs/9p/9p.ko: kernel/fs/fscache/fscache.ko kernel/fs/netfs/netfs.ko kernel/net/9p/9pnet.ko
kernel/fs/fscache/fscache.ko: kernel/fs/netfs/netfs.ko
kernel/fs/netfs/netfs.ko:
kernel/drivers/media/dvb-core.ko.xz:
"""
BUILTIN = "kernel/drivers/virtio/virtio_pci.ko\n"


def test_modules_come_after_what_they_need_and_once():
    assert needed_modules(DEPENDENCIES, BUILTIN, ["9pnet_virtio", "9p"]) == [
        "kernel/net/9p/9pnet.ko",
        "kernel/net/9p/9pnet_virtio.ko",
        "kernel/fs/netfs/netfs.ko",
        "kernel/fs/fscache/fscache.ko",
        "kernel/fs/9p/9p.ko",
    ]


def test_what_is_built_in_needs_no_file():
    assert needed_modules(DEPENDENCIES, BUILTIN, ["virtio_pci"]) == []


def test_a_dash_is_as_good_as_an_underscore_and_compressed_modules_count():
    assert needed_modules(DEPENDENCIES, "", ["dvb_core"]) == ["kernel/drivers/media/dvb-core.ko.xz"]


def test_a_module_that_the_kernel_has_not_is_named():
    with pytest.raises(EdgeError, match=r"^vivid: Debian's kernel has no such module; "):
        needed_modules(DEPENDENCIES, BUILTIN, ["vivid"])


def test_the_kernel_is_what_the_meta_package_depends_on():
    shown = (
        "Package: linux-image-arm64\nVersion: 6.1.192-2\n"
        "Depends: linux-image-6.1.0-56-arm64 (= 6.1.192-2)\n"
    )
    assert real_package(shown) == "linux-image-6.1.0-56-arm64"


def test_a_meta_package_without_a_kernel_is_an_error():
    with pytest.raises(EdgeError, match="depends on no kernel"):
        real_package("Package: linux-image-arm64\n")


def test_apt_for_the_other_processor_writes_into_its_own_folder_alone():
    settings = apt_settings(Path("/var/emulator/apt"))
    for name in ("Dir::State", "Dir::State::status", "Dir::Cache", "Dir::Etc::sourcelist"):
        (line,) = (line for line in settings.splitlines() if line.startswith(f"{name} "))
        assert '"/var/emulator/apt/' in line
    assert 'Dir::Etc::sourceparts "-";' in settings
    # Without the clearing, the machine's own processor would stay in the list.
    assert settings.index("#clear APT::Architectures;") < settings.index('{"arm64";}')
