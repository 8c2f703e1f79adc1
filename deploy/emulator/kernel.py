"""Debian's own kernel for a guest: fetched by this machine's apt, unpacked, never installed.

A guest of qemu-user runs on this machine's kernel, which has no camera; a machine of its own boots
this one, and its module ``vivid`` is a V4L2 camera in software.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.emulator.host import Sources, apt_sources, run
from edge.errors import EdgeError
from edge.messages import print_message

# To mount the root file system that the host shares; and the camera.
ROOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
CAMERA_MODULES = ("vivid",)

_META_PACKAGE = "linux-image-arm64"
_BUSYBOX = "busybox-static"
_LISTS = ("modules.builtin", "modules.builtin.modinfo", "modules.order")


@dataclass(frozen=True)
class Kernel:
    """A kernel with the modules that are wanted of it, in a folder of the host."""

    folder: Path
    release: str  # as `uname -r` says it

    @property
    def image(self) -> Path:
        """What qemu boots."""
        return self.folder / "vmlinuz"

    @property
    def busybox(self) -> Path:
        """The program that mounts everything, before there is another one."""
        return self.folder / "busybox"

    @property
    def modules(self) -> Path:
        """What becomes /lib/modules."""
        return self.folder / "lib" / "modules"

    def root_modules(self) -> list[Path]:
        """The files that must be loaded before there is a root file system, in that order."""
        folder = self.modules / self.release
        names = needed_modules(
            (folder / "modules.dep").read_text(),
            (folder / "modules.builtin").read_text(),
            ROOT_MODULES,
        )
        return [folder / name for name in names]


def fetch_kernel(work: Path, suite: str) -> Kernel:
    """The newest kernel of Debian ``suite``, kept below ``work``; fetched when it is not there.

    Raises EdgeError when apt, or the network behind it, does not give it.
    """
    folder = work / f"kernel-{suite}"
    mark = folder / "release"
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print_message(f"{folder}: fetching Debian {suite}'s kernel")
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            release = _fetch(Path(temporary), apt_sources(suite), folder)
        mark.write_text(release)
    return Kernel(folder, mark.read_text())


def _fetch(scratch: Path, sources: Sources, folder: Path) -> str:
    """Download and unpack in ``scratch``, keep in ``folder`` what is needed; the release."""
    apt = _Apt(scratch / "apt", sources)
    package = real_package(apt.show(_META_PACKAGE))
    unpacked = scratch / "unpacked"
    for name in (package, _BUSYBOX):
        run(["dpkg-deb", "-x", str(apt.download(name)), str(unpacked)], name)
    release = package.removeprefix("linux-image-")
    shutil.copyfile(unpacked / "boot" / f"vmlinuz-{release}", folder / "vmlinuz")
    programs = [unpacked / place / "busybox" for place in ("bin", "usr/bin")]
    shutil.copy(next(path for path in programs if path.exists()), folder / "busybox")
    _keep_modules(unpacked, release, folder)
    return release


def _keep_modules(unpacked: Path, release: str, folder: Path) -> None:
    """Copy the wanted modules, what they need, and the lists by which modprobe finds them."""
    if not (unpacked / "lib").exists():  # where Debian has merged it into /usr
        (unpacked / "lib").symlink_to("usr/lib")
    run(["depmod", "-b", str(unpacked), release], "depmod")
    every, kept = (place / "lib" / "modules" / release for place in (unpacked, folder))
    names = needed_modules(
        (every / "modules.dep").read_text(),
        (every / "modules.builtin").read_text(),
        (*ROOT_MODULES, *CAMERA_MODULES),
    )
    for name in (*names, *(name for name in _LISTS if (every / name).exists())):
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(every / name, kept / name)
    run(["depmod", "-b", str(folder), release], "depmod")


class _Apt:
    """This machine's apt, with its proxies and keys, for another Debian and another processor."""

    def __init__(self, folder: Path, sources: Sources) -> None:
        """Fetch the lists of ``sources`` into ``folder``; EdgeError when they do not come."""
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text("".join(f"{line}\n" for line in sources.lines))
        settings = folder / "apt.conf"
        settings.write_text(apt_settings(folder))
        self._folder = folder
        self._settings = ("-c", str(settings))
        run(["apt-get", *self._settings, "-qq", "update"], "apt-get update")

    def show(self, package: str) -> str:
        """What apt knows of ``package``."""
        return run(
            ["apt-cache", *self._settings, "show", "--no-all-versions", package], "apt-cache"
        )

    def download(self, package: str) -> Path:
        """The package's file, whose hash apt has compared."""
        command = ["apt-get", *self._settings, "-qq", "download", package]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, check=False
        )
        files = sorted(self._folder.glob(f"{package}_*.deb"))
        if done.returncode or not files:
            reason = done.stderr.strip().splitlines()
            raise EdgeError(
                f"{package}: cannot be downloaded ({reason[-1] if reason else 'no file came'}); "
                "check the network and `sudo apt update`"
            )
        return files[0]


def apt_settings(folder: Path) -> str:
    """The apt.conf of an apt for arm64 that keeps everything in ``folder``, and only there."""
    return (
        f'Dir::State "{folder}/state";\nDir::State::status "{folder}/status";\n'
        f'Dir::Cache "{folder}/cache";\nDir::Etc::sourcelist "{folder}/sources.list";\n'
        'Dir::Etc::sourceparts "-";\n'
        'APT::Architecture "arm64";\n#clear APT::Architectures;\nAPT::Architectures {"arm64";};\n'
        # Its own user may not write into folders of root.
        'APT::Sandbox::User "root";\nAcquire::Languages "none";\n'
    )


def real_package(shown: str) -> str:
    """The package of the kernel itself, given what apt shows of the one that only depends on it."""
    found = re.search(r"(?m)^Depends: (linux-image-\S+)", shown)
    if not found:
        raise EdgeError(f"{_META_PACKAGE}: depends on no kernel; check `sudo apt update`")
    return found.group(1)


def needed_modules(dependencies: str, builtin: str, names: Iterable[str]) -> list[str]:
    """Files of the modules ``names`` and of all that these need, in the order to load them in.

    ``dependencies`` and ``builtin`` are the text of modules.dep and modules.builtin. Raises
    EdgeError for a module that the kernel has not.
    """
    needs: dict[str, list[str]] = {}  # of each file
    for line in dependencies.splitlines():
        file, _, others = line.partition(":")
        needs[file] = others.split()
    files = {_module_name(file): file for file in needs}
    built_in = {_module_name(line) for line in builtin.splitlines()}
    wanted: dict[str, None] = {}  # a set that keeps its order
    for name in names:
        if _module_name(name) in built_in:
            continue
        if _module_name(name) not in files:
            raise EdgeError(f"{name}: Debian's kernel has no such module; choose another --system")
        file = files[_module_name(name)]
        # depmod lists what a module needs in full, the first to load last.
        wanted |= dict.fromkeys([*reversed(needs[file]), file])
    return list(wanted)


def _module_name(file: str) -> str:
    """``kernel/fs/9p/9p.ko.xz`` is ``9p``; a dash is as good as an underscore."""
    return file.rpartition("/")[2].partition(".ko")[0].replace("-", "_")
