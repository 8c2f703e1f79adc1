"""One heap for all threads, seen in what a process of its own holds."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Each thread takes its memory while the others hold theirs; the heap of a thread is mapped in a
# block of 64 MiB of addresses.
_SCRIPT = """
import threading
from edge.memory import share_one_heap
if {shared}:
    share_one_heap()
barrier = threading.Barrier(9)
def take():
    held = [bytearray(2000) for _ in range(500)]
    barrier.wait()
    barrier.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
barrier.wait()
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(fields["VmSize"].split()[0]) // 1024)
barrier.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library's own trouble")
def test_threads_share_one_heap() -> None:
    sizes_mb = [
        int(subprocess.check_output([sys.executable, "-c", _SCRIPT.format(shared=shared)]))
        for shared in (True, False)
    ]
    assert sizes_mb[1] - sizes_mb[0] > 64, f"{sizes_mb} MiB of addresses, shared and not"
