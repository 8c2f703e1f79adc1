"""What a machine boots into: a few files in memory, which mount the shared system and start it."""

from __future__ import annotations

import lzma
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from deploy.emulator.kernel import Kernel

# Folders of the host, by the names under which the machine finds them.
SYSTEM, REPOSITORY, MODULES = "system", "repository", "modules"
EXIT_LINE = "machine: the command ended with"  # and its exit code

_SHARE = "mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose"

# What the guest writes stays in its memory: other guests use the same system.
_INIT = f"""\
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in /modules/*; do insmod $module; done
fail() {{ echo "machine: $1 cannot be mounted"; poweroff -f; }}
{_SHARE} {SYSTEM} /lower || fail {SYSTEM}
mount -t tmpfs changes /changes && mkdir /changes/upper /changes/work
mount -t overlay -o lowerdir=/lower,upperdir=/changes/upper,workdir=/changes/work overlay /root ||
    fail overlay
mkdir -p /root/repo /root/lib/modules
{_SHARE} {REPOSITORY} /root/repo || fail {REPOSITORY}
{_SHARE} {MODULES} /root/lib/modules || fail {MODULES}
for folder in tmp run; do mount -t tmpfs $folder /root/$folder; done
cp /start /root/run/start
for folder in dev proc sys; do mount --move /$folder /root/$folder; done
exec switch_root /root /bin/sh /run/start
"""

# udev names cameras and sets their owners as they come, as on a board.
_START = """\
export PATH={path}:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb
export PYTHONPYCACHEPREFIX=/var/cache/pycache
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
ip link set lo up
echo {name} > /proc/sys/kernel/hostname
udevd=/lib/systemd/systemd-udevd
[ -x $udevd ] || udevd=/usr/lib/systemd/systemd-udevd
$udevd --daemon
cd /repo
{command} < /dev/null
echo "{exit_line} $?"
echo o > /proc/sysrq-trigger
while :; do sleep 1; done
"""

_MAGIC = b"070701"
_DIRECTORY, _FILE = 0o040755, 0o100755
_COMPRESSED = ".xz"


@dataclass(frozen=True)
class File:
    """A file of the archive, executable."""

    content: bytes


def contents(
    kernel: Kernel, name: str, path: str, command: Sequence[str]
) -> dict[str, File | None]:
    """What is in the archive, by name; None is an empty folder.

    ``command`` is what the machine called ``name`` runs, in /repo, with ``path`` first in its PATH.
    """
    folders = ("bin", "changes", "dev", "lower", "modules", "proc", "root", "sys")
    start = _START.format(name=name, path=path, command=shlex.join(command), exit_line=EXIT_LINE)
    files: dict[str, File | None] = dict.fromkeys(folders)
    files["init"] = File(_INIT.encode())
    files["start"] = File(start.encode())
    files["bin/busybox"] = File(kernel.busybox.read_bytes())
    for number, module in enumerate(kernel.root_modules()):
        # busybox's insmod cannot unpack.
        content, name = module.read_bytes(), module.name
        if name.endswith(_COMPRESSED):
            content, name = lzma.decompress(content), name.removesuffix(_COMPRESSED)
        files[f"modules/{number:02}-{name}"] = File(content)
    return files


def pack(files: Mapping[str, File | None]) -> bytes:
    """The archive that the kernel unpacks: cpio, "newc" format; parents come before children."""
    names = sorted(files, key=lambda name: PurePosixPath(name).parts)
    entries = [_entry(number, name, files[name]) for number, name in enumerate(names, start=1)]
    return b"".join([*entries, _entry(0, "TRAILER!!!", File(b""), mode=0)])


def write_initramfs(path: Path, files: Mapping[str, File | None]) -> None:
    """Write the archive of ``files`` to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack(files))


def _entry(number: int, name: str, file: File | None, mode: int | None = None) -> bytes:
    content = b"" if file is None else file.content
    if mode is None:
        mode = _DIRECTORY if file is None else _FILE
    encoded = name.encode() + b"\0"
    # inode, mode, uid, gid, links, mtime, size, device (2), its own device (2), name size, checksum
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = _MAGIC + b"".join(f"{field:08X}".encode() for field in fields)
    return _padded(header + encoded) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
