"""edge.checks: Python, numpy, the runtimes and OpenCV, as installed here and as they go wrong."""

from __future__ import annotations

import platform
import sys

import cv2
import numpy as np
import pytest

from edge.checks.check import Check, from_error
from edge.checks.child import ChildError, ask_python
from edge.checks.opencv import _import_fault, check_build, check_opencv, check_owners, check_version
from edge.checks.software import check_numpy, check_python, check_runtimes
from edge.errors import EdgeError
from edge.runtime import choose_runtime, installed, runtime_version

BUILD = """
General configuration for OpenCV 4.10.0 =====================================

  GUI:                           {gui}
    GTK+:                        {gtk}

  Video I/O:
    DC1394:                      NO
    FFMPEG:                      {ffmpeg}
      avcodec:                   YES (59.37.100)
    GStreamer:                   NO
    v4l/v4l2:                    {v4l2}
"""
V4L2 = "YES (linux/videodev2.h)"


def build(gui="QT5", gtk="NO", ffmpeg="YES", v4l2=V4L2) -> str:
    return BUILD.format(gui=gui, gtk=gtk, ffmpeg=ffmpeg, v4l2=v4l2)


def test_an_error_is_split_into_what_was_found_and_its_remedy():
    error = EdgeError("a.tflite: too new for x\n (op; version 9); use a newer y")
    expected = Check("model", "fault", "a.tflite: too new for x (op; version 9)", "use a newer y")
    assert from_error("model", "fault", error) == expected
    assert from_error("model", "info", EdgeError("no remedy")) == Check(
        "model", "info", "no remedy"
    )


def test_this_python_is_fine():
    (check,) = check_python()
    assert check.state == "ok"
    assert platform.python_version() in check.found and sys.executable in check.found


def test_an_older_python_is_a_fault(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    (check,) = check_python()
    assert check.state == "fault" and "python3.11 -m venv" in check.remedy


def test_32_bits_lose_the_faster_interpreter(monkeypatch):
    monkeypatch.setattr("struct.calcsize", lambda layout: 4)
    (check,) = check_python()
    assert check.state == "warning" and "64-bit Raspberry Pi OS" in check.remedy


def test_numpy_as_it_is_here():
    assert check_numpy() == [Check("numpy", "ok", np.__version__)]


def test_a_numpy_that_cannot_be_imported(tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise ImportError('libopenblas.so.0: no such file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (check,) = check_numpy()
    assert check.state == "fault"
    assert check.found == "cannot be imported: ImportError: libopenblas.so.0: no such file"
    assert check.remedy == "pip install -r requirements-edge.txt"


def test_the_runtime_that_is_taken():
    check, *_ = check_runtimes()
    name = choose_runtime()
    assert check.state == "ok"
    assert check.found.startswith(f"{name} {runtime_version(name)} is taken")
    assert all(other in check.found for other in installed())


def test_no_runtime_is_a_fault(monkeypatch):
    monkeypatch.setattr("edge.runtime._is_present", lambda name: False)
    (check,) = check_runtimes()
    assert check.state == "fault"
    assert check.remedy == "`pip install -r requirements-edge.txt`"


def test_tflite_runtime_beside_numpy_2(monkeypatch):
    monkeypatch.setattr("edge.runtime._is_present", lambda name: name == "tflite-runtime")
    monkeypatch.setattr("edge.runtime.runtime_version", lambda name: "2.14.0")
    monkeypatch.setattr(np, "__version__", "2.2.0")
    (check,) = check_runtimes()
    assert check.state == "fault" and "numpy 2.2.0" in check.found
    assert "pip install 'numpy<2'" in check.remedy
    # Beside LiteRT, which takes any numpy, it is worth a line and no more.
    monkeypatch.setattr("edge.runtime._is_present", lambda name: True)
    taken, clash = check_runtimes()
    assert taken.found == "litert 2.14.0 is taken"
    assert clash.state == "info" and clash.found.startswith("tflite-runtime 2.14.0: does not work")


def test_opencv_as_it_is_here():
    version, built, *_ = check_opencv()
    assert (version.state, version.found) == ("ok", cv2.__version__)
    assert built.state == "ok" and built.found.startswith("V4L2 yes, FFmpeg yes")


@pytest.mark.parametrize(
    "version, numpy_version, state",
    [
        pytest.param("4.11.0", "1.26.4", "warning", id="raw buffers for frames"),
        pytest.param("4.11.0", "2.2.0", "ok", id="right with numpy 2"),
        pytest.param("4.10.0", "1.26.4", "ok", id="right with numpy 1"),
        pytest.param("4.12.0", "2.2.0", "ok", id="newer"),
    ],
)
def test_opencv_411_with_numpy_1(version, numpy_version, state):
    assert check_version(version, numpy_version).state == state


@pytest.mark.parametrize(
    "text, window",
    [
        (build(), "window QT5"),
        (build(gui="GTK3", gtk="YES (ver 3.24.38)"), "window GTK3"),
        (build(gui="", gtk="YES (ver 2.24)"), "window GTK+"),
        (build(gui="NONE"), "window no (--show is not possible)"),
        ("", "window no (--show is not possible)"),
    ],
)
def test_the_window_of_a_build(text, window):
    (check,) = check_build(text)
    assert check.found.split(", ", 3)[3].startswith(window)


@pytest.mark.parametrize(
    "text, lacking",
    [
        (build(ffmpeg="NO"), "without streams and videos"),
        (build(v4l2="NO"), "without cameras"),
        (build(v4l2="NO", ffmpeg="NO"), "without cameras and streams and videos"),
    ],
)
def test_a_build_without_cameras_or_streams(text, lacking):
    (check,) = check_build(text)
    assert check.state == "warning" and check.found.endswith(lacking)


def test_two_owners_of_cv2():
    assert check_owners({"opencv-python": "4.10.0.84"}) == []
    (check,) = check_owners({"opencv-python": "4.10.0.84", "opencv-contrib-python": "5.0.0.93"})
    assert check.state == "warning"
    assert check.found.startswith("opencv-python 4.10.0.84 and opencv-contrib-python 5.0.0.93")
    assert check.remedy.startswith("pip uninstall -y opencv-python opencv-contrib-python && pip")


@pytest.mark.parametrize(
    "reason, remedy",
    [
        (
            "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
            "sudo apt install -y libgl1",
        ),
        (
            "ImportError: libgthread-2.0.so.0: cannot open shared object file: No such file",
            "sudo apt install -y libgl1 libglib2.0-0",
        ),
        ("ImportError: numpy.core.multiarray failed to import", "versions that go together"),
        ("ModuleNotFoundError: No module named 'cv2'", "pip install -r requirements-edge.txt"),
    ],
)
def test_an_opencv_that_cannot_be_imported(reason, remedy):
    check = _import_fault(reason)
    assert check.state == "fault" and remedy in check.remedy


def test_a_child_answers_with_its_last_line():
    code = "import sys; print('chatter'); print('[1, 2]'); print('noise', file=sys.stderr)"
    assert ask_python(code, timeout_s=20) == [1, 2]
    assert ask_python("import sys; print(sys.argv[1])", "7", timeout_s=20) == 7


@pytest.mark.parametrize(
    "code, reason",
    [
        ("import os; os.abort()", r"ended by signal 6 \(Aborted\)"),
        ("raise OSError('gone')", "OSError: gone"),
        ("import sys; sys.exit(3)", "ended with code 3"),
        ("print('no JSON')", "gave no answer"),
        ("import time; time.sleep(60)", "no answer within 0.5 s"),
    ],
)
def test_a_child_that_comes_to_no_end(code, reason):
    with pytest.raises(ChildError, match=f"^{reason}$"):
        ask_python(code, timeout_s=0.5 if "sleep" in code else 20)
