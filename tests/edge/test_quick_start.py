"""edge.quick_start: what a start leaves out, and that it comes back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]


def run(code: str) -> str:
    """What a process of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_no_garbage_is_looked_for_until_the_start_is_over() -> None:
    told = run(
        "import gc; from edge.quick_start import start_is_over, start_quickly\n"
        "start_quickly(); print(gc.isenabled())\n"
        "start_is_over(); print(gc.isenabled(), gc.get_freeze_count() > 0)"
    )
    assert told.split() == ["False", "True", "True"]


def test_a_program_with_a_start_of_its_own_keeps_its_garbage_collector_as_it_is() -> None:
    told = run(
        "import gc; from edge.quick_start import start_is_over\n"
        "start_is_over(); print(gc.isenabled(), gc.get_freeze_count())"
    )
    assert told.split() == ["True", "0"]


def test_a_host_program_without_garbage_collector_gets_none() -> None:
    told = run(
        "import gc; from edge.quick_start import start_is_over, start_quickly\n"
        "gc.disable(); start_quickly(); start_is_over(); print(gc.isenabled())\n"
        "gc.enable(); start_quickly(); start_quickly(); start_is_over(); print(gc.isenabled())"
    )
    assert told.split() == ["False", "True"]


def test_the_users_number_of_threads_stays() -> None:
    told = run(
        "import os; from edge.quick_start import start_quickly\n"
        "os.environ['OPENBLAS_NUM_THREADS'] = '3'; start_quickly()\n"
        "print(os.environ.pop('OPENBLAS_NUM_THREADS')); start_quickly()\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    assert told.split() == ["3", "1"]


def test_the_app_collects_garbage_while_it_runs() -> None:
    told = run(
        "import gc, runpy, sys\n"
        "sys.argv = ['edge.camera', '--model', 'models/cifar10_int8.tflite',\n"
        "            '--source', 'demo/frames', '--json']\n"
        "out, sys.stdout = sys.stdout, open('/dev/null', 'w')\n"
        "try: runpy.run_module('edge.camera', run_name='__main__', alter_sys=True)\n"
        "except SystemExit as ended: assert not ended.code\n"
        "print(gc.isenabled(), gc.get_freeze_count() > 1000, file=out)"
    )
    assert told.split() == ["True", "True"]
