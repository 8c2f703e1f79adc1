"""An OpenCV that cannot be imported is one line, and every place names the same remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.checks.opencv import _import_fault
from edge.checks.picamera import _how_to_repair
from edge.remedies import APT_NUMPY, OPENCV_LIBRARIES
from edge.sources.picamera_setup import _broken

_REPOSITORY = Path(__file__).resolve().parents[2]
_LIBGL = "libGL.so.1: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize(
    "body, line",
    [
        pytest.param(
            f"raise ImportError({_LIBGL!r})",
            f"error: OpenCV: cannot be imported ({_LIBGL}); {OPENCV_LIBRARIES}\n",
            id="no libGL",
        ),
        pytest.param(
            "import module_that_is_not_there",
            "error: OpenCV: cannot be imported (No module named 'module_that_is_not_there'); "
            "pip install -r requirements-edge.txt\n",
            id="half installed",
        ),
    ],
)
def test_the_app_without_opencv_is_one_line_and_exit_code_1(
    body: str, line: str, tmp_path: Path
) -> None:
    stub = tmp_path / "cv2"
    stub.mkdir()
    (stub / "__init__.py").write_text(body)
    done = subprocess.run(
        [sys.executable, "-m", "edge.camera", "--help"],
        cwd=_REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)


def test_remedies_need_neither_numpy_nor_opencv() -> None:
    code = "import sys, edge.remedies; sys.exit(bool({'numpy', 'cv2'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], cwd=_REPOSITORY, check=True)


def test_app_doctor_and_docs_name_the_same_remedies() -> None:
    docs = (_REPOSITORY / "docs" / "camera.md").read_text("utf-8").replace("`", "")
    assert _import_fault(f"ImportError: {_LIBGL}").remedy == OPENCV_LIBRARIES
    assert OPENCV_LIBRARIES in docs
    fault = "numpy.dtype size changed, may indicate binary incompatibility"
    assert _how_to_repair(f"ValueError: {fault}") == APT_NUMPY
    assert f"`{APT_NUMPY}`" in _broken(fault)
    assert APT_NUMPY in docs
