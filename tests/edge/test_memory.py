"""What memory a process of its own holds, with and without our care."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

_MODEL = Path(__file__).resolve().parents[2] / "models" / "cifar10_int8.tflite"

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


_STARTUP = """
import cv2, numpy as np
from edge.board import rss_mb
from edge.memory import forget_startup_code
before_mb = rss_mb()
forget_startup_code()
after_mb = rss_mb()
assert cv2.resize(np.full((4, 4, 3), 7, np.uint8), (2, 2)).tolist() == [[[7] * 3] * 2] * 2
print(before_mb, after_mb)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc/self/maps")
def test_code_of_the_start_is_forgotten_and_comes_back() -> None:
    printed = subprocess.check_output([sys.executable, "-c", _STARTUP], text=True)
    before_mb, after_mb = map(float, printed.split())
    assert after_mb < before_mb - 5


# A frame from a camera is a new array of a megabyte: 225 pages, if it were new memory.
_STEADY_SCRIPT = """
import resource, sys
from pathlib import Path
import numpy as np
from edge.classifier import Classifier
from edge.memory import share_one_heap
share_one_heap()
classifier = Classifier(Path(sys.argv[1]))
shown = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
def classify(count):
    for _ in range(count):
        classifier.classify_prepared(classifier.prepare(shown.copy(), "BGR"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = classify(100)
print((classify(300) - before) / 300)
"""


def test_a_frame_takes_no_memory_from_the_system() -> None:
    command = [sys.executable, "-c", _STEADY_SCRIPT, str(_MODEL)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2, "page faults a frame"
