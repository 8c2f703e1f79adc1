"""edge.command: real programs that answer, fail, hang, or are not there."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from edge.command import Finished, run_bounded


def test_what_a_program_says_and_how_it_ends():
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert run_bounded([sys.executable, "-c", code], 20) == Finished(3, "out\n", "err\n")


def test_it_gets_no_input():
    assert run_bounded(["cat"], 20).stdout == ""


def test_it_sees_the_environment_that_it_is_given():
    assert run_bounded(["sh", "-c", "echo $NOISE"], 20, {"NOISE": "none"}).stdout == "none\n"


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path):
    started_s = time.monotonic()
    # The shell waits for a child that would live on and hold the pipes open.
    script = f"sleep 30 & echo $! > {tmp_path / 'child'}; wait"
    with pytest.raises(TimeoutError, match=r"^sh: no answer within 1 s$"):
        run_bounded(["sh", "-c", script], 1.0)
    assert time.monotonic() - started_s < 10
    assert _ends(int((tmp_path / "child").read_text()))


def _ends(process: int) -> bool:
    """True when ``process`` is gone, or dead and not yet collected, within 5 s."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.1)
    return False


def test_bytes_that_are_no_text_do_not_stop_it():
    assert run_bounded(["printf", r"\377"], 20).stdout == "�"


def test_a_program_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        run_bounded(["no-such-program-here"], 20)
