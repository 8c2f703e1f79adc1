"""convert.child: what a function does in a process of its own, and how its death is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from convert.child import run_in_child
from edge.errors import DataError, OutputError

REPOSITORY = Path(__file__).resolve().parents[2]


def test_result_time_and_memory_come_back():
    result, seconds, peak_mb = run_in_child("numpy:full", (5000, 1000), 2.0)
    assert result.shape == (5000, 1000)
    assert result.min() == result.max() == 2
    assert seconds > 0
    assert 40 < peak_mb < 400  # the array alone has 40


@pytest.mark.parametrize(
    "function, args, told",
    [
        ("os:abort", (), r"os:abort: its conversion died \(SIGABRT\)"),
        ("os:_exit", (7,), r"died \(exit 7\); close other programs"),
        ("signal:raise_signal", (signal.SIGKILL,), r"killed, most likely because the memory ran"),
        ("numpy:ones", (10**15,), r"killed, most likely because the memory ran out"),
        ("sys:exit", ("out of luck",), r"died \(exit 1: out of luck\)"),
    ],
)
def test_a_death_is_one_line_with_the_last_words(function, args, told):
    with pytest.raises(DataError, match=told) as error:
        run_in_child(function, *args)
    assert "\n" not in str(error.value)


def test_what_it_worked_on_is_named(tmp_path):
    from convert.source import ModelSource

    with pytest.raises(DataError, match=r"^some/model\.h5: its conversion died"):
        run_in_child("sys:exit", ModelSource(Path("some/model.h5")))


def test_too_long_is_told():
    with pytest.raises(DataError, match=r"time:sleep: not finished within 0\.5 s"):
        run_in_child("time:sleep", 60, timeout_s=0.5)


def test_faults_that_a_user_can_act_on_come_as_they_are(tmp_path):
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "array.npz"
    with pytest.raises(OutputError, match=f"^{place}: cannot be written"):
        run_in_child("edge.arrays:write_arrays", place, {"a": np.zeros(1)})


def test_bugs_keep_their_traceback():
    with pytest.raises(RuntimeError, match=r"(?s)Traceback.*ZeroDivisionError: division by zero"):
        run_in_child("operator:truediv", 1, 0)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_child_goes_with_its_parent(how, tmp_path):
    code = "from convert.child import run_in_child; run_in_child('time:sleep', 600)"
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    if not children.exists():
        parent.kill()
        pytest.skip("this kernel does not list children")
    (child,) = wait_for(lambda: [int(pid) for pid in children.read_text().split()])
    wait_for(lambda: b"convert.child" in Path(f"/proc/{child}/cmdline").read_bytes())
    parent.send_signal(how)
    parent.wait(20)
    wait_for(lambda: not is_running(child))
    if how == signal.SIGINT:
        assert list(tmp_path.iterdir()) == []


def wait_for(condition):
    """What ``condition`` gives as soon as it is true."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def is_running(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
