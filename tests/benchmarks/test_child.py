"""benchmarks.child: real programs that work, fail, hang, or are not there."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from benchmarks.child import ChildError, Task, json_lines, run, run_json

TASK = Task("m.tflite: bare loop", 30, "give fewer --rounds")
AT_ONCE = Task("m.tflite: bare loop", 0.5, "give fewer --rounds")


def python(code):
    """A command that runs it."""
    return [sys.executable, "-c", code]


def test_the_last_line_is_the_result():
    assert run_json(python("print('hello'); print('{\"p50_ms\": 2}'); print()"), TASK) == {
        "p50_ms": 2
    }


def test_lines_come_as_they_are_written():
    code = "import time; print(1, flush=True); time.sleep(60)"
    started_s = time.monotonic()
    lines = json_lines(python(code), TASK)
    assert next(lines) == 1
    lines.close()
    assert time.monotonic() - started_s < 30


@pytest.mark.parametrize("read", [run_json, lambda *words: list(json_lines(*words))])
@pytest.mark.parametrize(
    "command, task, told",
    [
        pytest.param(
            python("import sys; print('one', file=sys.stderr); sys.exit('two\\n')"),
            TASK,
            "m.tflite: bare loop: ended with code 1 (two); give fewer --rounds",
            id="its last word",
        ),
        pytest.param(
            python("import sys; sys.exit(7)"),
            TASK,
            "m.tflite: bare loop: ended with code 7; give fewer --rounds",
            id="no word",
        ),
        pytest.param(
            python("import os; os.kill(os.getpid(), 9)"),
            TASK,
            "m.tflite: bare loop: was ended by SIGKILL; give fewer --rounds",
            id="out of memory",
        ),
        pytest.param(
            python("import sys; sys.exit('error: x.tflite: no such file; name one')"),
            TASK,
            "x.tflite: no such file; name one",
            id="our own command's word",
        ),
        pytest.param(
            python("import time; time.sleep(60)"),
            AT_ONCE,
            "m.tflite: bare loop: took more than 0.5 s; give fewer --rounds",
            id="too late",
        ),
        pytest.param(
            python("print('none')"),
            TASK,
            "m.tflite: bare loop: wrote no JSON ('none'); give fewer --rounds",
            id="no JSON",
        ),
        pytest.param(
            ["/nowhere/python"],
            TASK,
            "m.tflite: bare loop: /nowhere/python cannot be started (No such file or directory);"
            " give fewer --rounds",
            id="no such program",
        ),
    ],
)
def test_each_fault_is_one_line(read, command, task, told):
    with pytest.raises(ChildError) as error:
        read(command, task)
    assert str(error.value) == told


def test_a_program_that_says_much_before_it_ends_is_heard():
    # More than a pipe holds: who reads stdout to its end first would wait for ever.
    code = "import sys; print('x' * 300_000, file=sys.stderr); print(1); sys.exit('the end')"
    with pytest.raises(ChildError, match="the end"):
        list(json_lines(python(code), TASK))


def test_what_it_wrote_is_kept_for_those_who_know_better():
    with pytest.raises(ChildError) as error:
        run(python("import sys; print('out'); sys.exit('err')"), TASK, cwd=Path("/"))
    assert (error.value.code, error.value.said.split()) == (1, ["out", "err"])
