"""What the camera app imports on its way from start to label, and what it must not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[2]

# Each costs start-up time and memory on every device, and the way to a label needs none of them.
# What a folder of pictures does not need may still be needed elsewhere: `socket` by systemd.
UNUSED = {
    "asyncio", "email", "http", "html", "logging", "multiprocessing", "concurrent", "unittest",
    "doctest", "pdb", "pydoc", "xml", "sqlite3", "ssl", "socket", "selectors", "subprocess",
    "glob", "resource", "csv", "configparser", "optparse", "decimal", "fractions", "statistics",
    "queue", "uuid", "pkg_resources", "setuptools", "pip",
    "PIL", "matplotlib", "scipy", "sklearn", "tensorflow", "keras", "jinja2", "paho", "requests",
    "google", "ml_dtypes", "flatbuffers", "tqdm", "picamera2",
    "train", "convert", "benchmarks",
}  # fmt: skip

# What comes with the libraries, and with the parts of Python that the app is made of, is theirs.
_GIVEN = """
import argparse, ctypes, dataclasses, hashlib, importlib, json, pathlib, platform, sys, tempfile
import threading, zipfile
import cv2, numpy
importlib.import_module(sys.argv[1] + ".interpreter")
print(json.dumps(sorted(sys.modules)))
"""
_RUN = """
import json, runpy, sys
sys.argv = ["edge.camera", *sys.argv[1:]]
out, sys.stdout = sys.stdout, open("/dev/null", "w")
try:
    runpy.run_module("edge.camera", run_name="__main__")
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps(sorted(sys.modules)), file=out)
"""


_RUNTIMES = {"ai_edge_litert", "tflite_runtime"}


def run(code: str, *arguments: str) -> set[str]:
    """The top-level modules that the process tells at its end."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """By the camera app on a folder of photos."""
    model = _REPOSITORY / "models" / "cifar10_int8.tflite"
    return run(_RUN, "--model", str(model), "--source", str(_REPOSITORY / "demo" / "frames"))


def test_the_way_to_a_label_imports_nothing_that_it_does_not_use(imported):
    (runtime,) = imported & _RUNTIMES
    assert imported >= {"edge", "numpy", "cv2"}
    assert (imported - run(_GIVEN, runtime)) & UNUSED == set()


def test_one_runtime_is_imported(imported):
    assert len(imported & _RUNTIMES) == 1
