"""Formats beside each other: measured on real files, judged by made-up times."""

from __future__ import annotations

import numpy as np
import pytest

from convert.proof.comparison import Drop
from convert.proof.formats import FormatRow, Measured, compare_formats, justify
from convert.proof.timing import Job, Timing, time_invokes
from convert.run import Run
from edge.errors import ModelFileError
from edge.runtime import installed, make_interpreter
from edge.stats import Accuracy


def row(name, size, p50s_ms, lost=0, runtime="litert"):
    """A format with the medians of its rounds, or with the line that says why it does not run."""
    if isinstance(p50s_ms, str):
        return FormatRow(name, size, runtime, "1", p50s_ms)
    timing = Timing.of([[value] for value in p50s_ms])
    measured = Measured(Accuracy(900 - lost, 1000), Drop(lost, 0, 1000), timing)
    return FormatRow(name, size, runtime, "1", measured)


FLOAT32 = row("float32", 400, (4.0, 4.1, 3.9))
FLOAT16 = row("float16", 200, (4.0, 4.2, 3.8))


def test_times_are_over_all_rounds():
    timing = Timing.of([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])
    assert timing.n == 6
    assert timing.p50_ms == 2.5
    assert timing.p95_ms == pytest.approx(5.5)
    assert timing.round_p50s_ms == (2.0, 4.0)
    assert timing.unrest == 2


@pytest.mark.parametrize(
    "rows, told",
    [
        pytest.param(
            [FLOAT32, FLOAT16, row("int8", 100, (1.0, 1.1, 0.9))],
            "Full int8 is justified on this machine: it takes 0.25 x the time of",
            id="faster",
        ),
        pytest.param(
            [FLOAT32, row("float16", 200, (3.0, 3.1, 2.9)), row("int8", 100, (3.0, 3.1, 3.05))],
            "Full int8 is justified on this machine by its size alone: it takes 1.02 x the time"
            " of float16 with litert, the fastest other format, and 0.50 x the size of float16",
            id="as fast, but smaller",
        ),
        pytest.param(
            [FLOAT32, row("dynamic", 100, (1.0, 1.0)), row("int8", 101, (1.0, 1.0))],
            "; --format dynamic serves it better.",
            id="as fast and as large",
        ),
        pytest.param(
            [FLOAT32, row("int8", 100, (8.0, 8.0))],
            "Full int8 is justified on this machine only where size matters more than time",
            id="slower, but smaller",
        ),
        pytest.param(
            [FLOAT32, row("int8", 100, (1.0, 1.0), lost=50)],
            "with a loss of 5.00 points (n = 1,000) against float32.",
            id="a measurable loss is named",
        ),
        pytest.param(
            [FLOAT32, row("int8", 100, "too new")],
            "Full int8 cannot be judged here: no installed runtime runs it.",
            id="does not run",
        ),
        pytest.param(
            [row("int8", 100, (1.0, 1.0))],
            "Full int8 is the only format that runs with litert.",
            id="nothing to compare with",
        ),
    ],
)
def test_full_int8_is_justified_not_assumed(rows, told):
    assert told in justify(rows, "int8")


def test_a_format_that_a_runtime_cannot_run_is_no_rival():
    old = [
        row("float32", 400, (4.0, 4.0), runtime="tflite-runtime"),
        row("dynamic", 100, "too new", runtime="tflite-runtime"),
        row("int8", 100, (6.0, 6.0), runtime="tflite-runtime"),
    ]
    new = [FLOAT32, row("dynamic", 100, (1.0, 1.0)), row("int8", 100, (1.0, 1.0))]
    sentence = justify([*new, *old], "int8")
    assert sentence.startswith("Full int8 is justified on this machine: ")
    assert "0.25 x the time of float32 with litert and 1.50 x the time of float32 with" in sentence
    assert "dynamic-range int8 did not run with each runtime here" in sentence


def test_every_format_runs_with_every_runtime_or_says_why_not(digits_files, digits_run):
    test = Run.open(digits_run).pictures("test")
    rows = compare_formats(digits_files, test, most=50, rounds=2)
    assert [(r.format, r.runtime) for r in rows] == [
        (name, runtime) for name in digits_files for runtime in installed()
    ]
    ran = {(r.format, r.runtime): r.result for r in rows if isinstance(r.result, Measured)}
    for runtime in installed():
        assert ran["float32", runtime].drop == Drop(0, 0, 50)
        assert ran["int8", runtime].accuracy.n == 50
        assert ran["int8", runtime].accuracy.top1 > 0.8
        assert 0 < ran["int8", runtime].timing.p50_ms <= ran["int8", runtime].timing.p95_ms
        assert len(ran["int8", runtime].timing.round_p50s_ms) == 2
    for one in rows:
        runs = loads(digits_files[one.format], one.runtime)
        assert isinstance(one.result, Measured) is runs
        assert ("fault" in one.to_json()) is not runs
        assert one.bytes == digits_files[one.format].stat().st_size


def loads(path, runtime):
    try:
        make_interpreter(path, 1, runtime)
    except ModelFileError:
        return False
    return True


def test_a_file_that_does_not_run_has_a_reason_and_the_others_have_times(digits_model, tmp_path):
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(digits_model.read_bytes()[:2000])
    runtime = installed()[0]
    frames = np.zeros((1, 32, 32, 1), np.uint8)
    jobs = [Job(broken, runtime), Job(digits_model, runtime)]
    fault, timing = time_invokes(jobs, frames, rounds=2, seconds=0.01)
    assert "damaged or cut short" in fault
    assert str(broken) not in fault
    assert len(timing.round_p50s_ms) == 2
    assert timing.n >= 20
