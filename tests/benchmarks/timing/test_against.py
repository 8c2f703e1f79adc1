"""benchmarks.timing.against: what is compared, and what is not comparable."""

from __future__ import annotations

import copy
import json

import pytest

from benchmarks.timing.against import compare, read_result
from edge.errors import DataError


@pytest.fixture
def result():
    """What latency.py writes, as far as a comparison looks."""
    return {
        "format": 3,
        "board": {"name": "Raspberry Pi 5", "cpu": "Cortex-A76", "architecture": "aarch64",
                  "cores": 4, "temperature_c": 50.0},
        "model": {"file": "m.tflite", "sha256": "ab" * 32},
        "frame": {"width": 640, "height": 480},
        "runs": [
            {"runtime": "litert", "threads": threads, "rss_mb": 80.0,
             "stages": {"frame_to_label": {"p50_ms": 4.0 / threads}}}
            for threads in (1, 2)
        ],
    }  # fmt: skip


def test_the_same_figures_pass(result, tmp_path):
    found = compare(result, result, 0.0, tmp_path)
    assert [comparison.ratio for comparison in found] == [1.0] * 4
    assert all(comparison.passes for comparison in found)


@pytest.mark.parametrize("slower, passes", [(1.09, True), (1.11, False), (0.5, True)])
def test_worse_by_more_than_the_tolerance_fails(slower, passes, result, tmp_path):
    now = copy.deepcopy(result)
    now["runs"][1]["stages"]["frame_to_label"]["p50_ms"] *= slower
    found = compare(now, result, 0.10, tmp_path)
    assert [comparison.passes for comparison in found] == [True, True, passes, True]
    assert ("FAIL" in str(found[2])) is not passes


def test_larger_memory_fails(result, tmp_path):
    now = copy.deepcopy(result)
    now["runs"][0]["rss_mb"] = 120.0
    found = compare(now, result, 0.15, tmp_path)
    assert [comparison.what for comparison in found if not comparison.passes] == [
        "litert, 1 thread(s), memory"
    ]


@pytest.mark.parametrize(
    "part, name, value, told",
    [
        ("board", "name", "Raspberry Pi 4", "another board (name Raspberry Pi 4, here Raspberry"),
        ("board", "cores", 2, "another board (cores 2, here 4)"),
        ("model", "sha256", "cd" * 32, "another model (m.tflite cdcdcdcdcdcd, here abababababab)"),
        ("frame", "width", 320, "frames of 320x480"),
    ],
)
def test_other_circumstances_are_no_comparison(part, name, value, told, result, tmp_path):
    then = copy.deepcopy(result)
    then[part][name] = value
    with pytest.raises(DataError) as error:
        compare(result, then, 0.1, tmp_path / "then.json")
    assert told in str(error.value) and "then.json: " in str(error.value)


def test_what_was_measured_otherwise_is_no_comparison(result, tmp_path):
    then = {**result, "format": 2}
    with pytest.raises(DataError, match="written by a latency"):
        compare(result, then, 0.1, tmp_path / "then.json")


def test_a_warmer_board_is_the_same_board(result, tmp_path):
    then = copy.deepcopy(result)
    then["board"]["temperature_c"] = 70.0
    assert compare(result, then, 0.1, tmp_path)


def test_nothing_in_common_is_told(result, tmp_path):
    then = copy.deepcopy(result)
    then["runs"] = [dict(run, runtime="tflite-runtime") for run in then["runs"]]
    with pytest.raises(DataError, match="no runtime and thread count"):
        compare(result, then, 0.1, tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"board": 1}'])
def test_other_files_are_no_results(text, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(DataError, match="not a latency result"):
        read_result(path)


def test_a_stored_file_comes_back(result, tmp_path):
    path = tmp_path / "then.json"
    path.write_text(json.dumps(result))
    assert read_result(path) == result


@pytest.mark.parametrize(
    "place, told",
    [
        (("board",), "it has no board"),
        (("model", "file"), "it has no model.file"),
        (("model", "sha256"), "it has no model.sha256"),
        (("frame", "height"), "it has no frame.height"),
        (("runs",), "it has no runs"),
        (("runs", 1, "runtime"), "it has no runs[1].runtime"),
        (("runs", 0, "threads"), "it has no runs[0].threads"),
        (
            ("runs", 1, "stages", "frame_to_label", "p50_ms"),
            "it has no runs[1].stages.frame_to_label.p50_ms",
        ),
    ],
)
def test_a_field_that_is_missing_is_named(place, told, result, tmp_path):
    result = copy.deepcopy(result)
    fields = result
    for name in place[:-1]:
        fields = fields[name]
    del fields[place[-1]]
    path = tmp_path / "then.json"
    path.write_text(json.dumps(result))
    with pytest.raises(DataError) as error:
        read_result(path)
    assert str(error.value) == (
        f"{path}: not a latency result ({told}); give a file that latency.py --json wrote"
    )


@pytest.mark.parametrize("value", [0, "fast", None])
def test_a_figure_that_is_none_is_named(value, result, tmp_path):
    result["runs"][0]["stages"]["frame_to_label"]["p50_ms"] = value
    path = tmp_path / "then.json"
    path.write_text(json.dumps(result))
    with pytest.raises(DataError, match=rf"frame_to_label.p50_ms is {value!r}\); give a file"):
        read_result(path)


def test_memory_that_a_machine_does_not_tell_is_not_compared(result, tmp_path):
    now = copy.deepcopy(result)
    now["runs"][0]["rss_mb"] = None
    then = copy.deepcopy(result)
    then["runs"][1]["rss_mb"] = None
    (tmp_path / "then.json").write_text(json.dumps(then))
    found = compare(now, read_result(tmp_path / "then.json"), 0.1, tmp_path)
    assert [comparison.what for comparison in found] == [
        "litert, 1 thread(s), frame to label p50", "litert, 2 thread(s), frame to label p50"
    ]  # fmt: skip


def test_runs_without_the_figures_are_no_results(result, tmp_path):
    del result["runs"][0]["stages"]
    path = tmp_path / "then.json"
    path.write_text(json.dumps(result))
    with pytest.raises(DataError, match="not a latency result"):
        read_result(path)
