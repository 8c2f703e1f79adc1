"""edge.quiet: log lines of native libraries vanish, everything else is shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def run(body: str) -> subprocess.CompletedProcess[str]:
    """A Python process that runs ``body``, with ``say`` writing to stderr past Python."""
    start = (
        "import os, sys\nfrom edge.quiet import ANY_LINE, quiet\n"
        "def say(line): os.write(2, line.encode() + b'\\n')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", start + body],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=60,
    )


def test_log_lines_are_dropped_and_others_kept():
    done = run(
        "with quiet():\n"
        "    say('I0000 00:00:1795305482.589467   31418 port.cc:153] oneDNN is on.')\n"
        "    say('E0000 00:00:1795305482.589467   31418 cuda.cc:1] cuInit: UNKNOWN ERROR (303)')\n"
        "    say('WARNING: All log messages before absl::InitializeLog() are on STDERR')\n"
        "    say('INFO: Created TensorFlow Lite XNNPACK delegate for CPU.')\n"
        "    say('Illegal instruction'); print('from Python', file=sys.stderr)\n"
        "say('INFO: after the block')"
    )
    assert done.stderr == "Illegal instruction\nfrom Python\nINFO: after the block\n"


def test_where_no_file_may_be_in_memory_it_is_on_the_disk():
    done = run(
        "def forbidden(*_): raise PermissionError\n"
        "os.memfd_create = forbidden\n"
        "with quiet(ANY_LINE): say('a note')\n"
        "with quiet(): say('shown')"
    )
    assert done.stderr == "shown\n"


def test_an_error_in_the_block_keeps_its_traceback():
    done = run("with quiet(ANY_LINE):\n    say('page of notes')\n    raise OSError('no such disk')")
    assert done.returncode == 1
    assert "notes" not in done.stderr
    assert done.stderr.startswith("Traceback") and done.stderr.endswith("OSError: no such disk\n")


def test_all_lines_can_be_dropped():
    done = run("with quiet(ANY_LINE):\n    say('fully_quantize: 0')\nprint('result')")
    assert (done.stdout, done.stderr) == ("result\n", "")


def test_a_block_may_stand_in_another():
    done = run(
        "with quiet():\n"
        "    with quiet(b'inner'):\n"
        "        say('inner'); say('INFO: outer'); say('shown')\n"
        "    say('INFO: outer again')\n"
        "say('after')"
    )
    assert done.stderr == "shown\nafter\n"
