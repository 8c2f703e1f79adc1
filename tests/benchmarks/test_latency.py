"""benchmarks/latency.py: the table, the JSON file, and one line for what cannot be measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from benchmarks import latency
from benchmarks.latency import main
from benchmarks.timing.against import read_result
from benchmarks.timing.labelling import FrameMemory
from benchmarks.timing.worker import load_frames, own_cost, stage_times
from edge.classifier import Stages
from edge.errors import EdgeError, SourceError
from edge.runtime import installed

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def measured(photos_model, photos, tmp_path):
    """Options for a short measurement."""
    return ["--model", str(photos_model), "--source", str(photos / "red"), "--frames", "10"]


def one_error(capsys):
    """The only line that says error."""
    lines = [line for line in capsys.readouterr().err.splitlines() if "warning: clock" not in line]
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def test_every_runtime_and_thread_count_is_measured(measured, photos_model, tmp_path, capsys):
    path = tmp_path / "figures" / "latency.json"
    assert main([*measured, "--threads", "1,2", "--json", str(path)]) == 0
    result = json.loads(path.read_text())
    assert result.keys() >= {"board", "model", "runs"}
    pairs = [(run["runtime"], run["threads"]) for run in result["runs"]]
    assert pairs == [(name, threads) for name in installed() for threads in (1, 2)]
    assert result["model"]["sha256"] == sha256(photos_model.read_bytes()).hexdigest()
    assert result["model"]["bytes"] == photos_model.stat().st_size
    assert result["model"]["classes"] == 3
    assert result["frame"] == {"width": 640, "height": 480}
    for run in result["runs"]:
        assert run["frames"] == 10
        assert run["warmup"]["frames"] >= 20
        cold = run["cold_start"]
        assert 0 < cold["total_s"] < 60
        steps_s = cold["python_s"] + cold["model_s"] + cold["first_frame_s"]
        assert cold["total_s"] == pytest.approx(steps_s, abs=1e-4)
        assert run["frame_age"]["frames"] == 10
        assert run["frame_age"]["p99_ms"] >= run["frame_age"]["p50_ms"] > 0
        assert 10 < run["rss_mb"] < 1000
        assert run["throughput_fps"] > 0
        assert run["own"]["p50_ms"] > 0 and run["own"]["of_invoke"] > 0
        for stage in run["stages"].values():
            assert 0 < stage["p50_ms"] <= stage["p90_ms"] <= stage["p99_ms"]
    out = capsys.readouterr().out
    for name in installed():
        assert out.count(f"{name} ") >= 2
    assert sha256(photos_model.read_bytes()).hexdigest()[:12] in out
    assert f"written: {path}" in out


def test_one_runtime_can_be_asked_for(measured, tmp_path):
    path = tmp_path / "latency.json"
    name = installed()[0]
    assert main([*measured, "--threads", "1", "--runtime", name, "--json", str(path)]) == 0
    assert [run["runtime"] for run in json.loads(path.read_text())["runs"]] == [name]


def test_it_runs_as_a_file_from_anywhere(measured, tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            str(REPOSITORY / "benchmarks" / "latency.py"),
            *measured,
            "--threads",
            "1",
        ],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "p50 / p90 / p99 ms" in done.stdout


@pytest.mark.parametrize(
    "options, told",
    [
        ("--model nowhere.tflite", "nowhere.tflite: no such file; make a model"),
        ("--model notes.txt", "notes.txt: not a TFLite model"),
        ("--source nowhere --threads 1", "nowhere: cannot be listed"),
        ("--source empty --threads 1", "empty: no pictures in it; name a folder with --source"),
        ("--source damaged --threads 1", "a.png: damaged, or not a picture"),
        ("--against nowhere.json", "nowhere.json: cannot be read"),
        ("--against notes.txt", "notes.txt: not a latency result (no JSON)"),
        ("--against lacking.json", "lacking.json: not a latency result (it has no model.file)"),
    ],
)
def test_bad_input_is_one_line(options, told, measured, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("hello there")
    Path("lacking.json").write_text('{"board": {}, "model": {}, "frame": {}, "runs": [{}]}')
    for name in ("empty", "damaged"):
        Path(name).mkdir()
    Path("damaged/a.png").write_text("hello there")
    one = ["--runtime", installed()[0]]
    assert main([*measured, *one, *options.split()]) == 1
    assert told in one_error(capsys)


def test_a_sustained_run_is_told_window_by_window(measured, tmp_path, capsys):
    path = tmp_path / "latency.json"
    options = ["--runtime", installed()[0], "--threads", "1", "--minutes", "0.02"]
    assert main([*measured, *options, "--window", "0.4", "--json", str(path)]) == 0
    result = json.loads(path.read_text())
    told = result["sustained"]["windows"]
    assert len(told) == 3
    assert [window["start_s"] for window in told] == pytest.approx([0, 0.4, 0.8], abs=0.2)
    for window in told:
        assert window["frames"] > 0 and window["fps"] > 0
        assert window.keys() >= {"temperature_c", "clock_mhz", "throttled_bits", "throttled"}
    assert result["sustained"]["summary"] in capsys.readouterr().out
    assert "--minutes 0.02" in result["command"]


def test_a_result_is_compared_with_a_stored_one(measured, tmp_path, capsys):
    path, slower = tmp_path / "latency.json", tmp_path / "faster-once.json"
    options = [*measured, "--runtime", installed()[0], "--threads", "1"]
    assert main([*options, "--json", str(path)]) == 0
    stored = json.loads(path.read_text())
    # Whatever else runs here, it is not a thousand times slower, nor as fast as a millionth.
    assert main([*options, "--against", str(path), "--tolerance", "1000"]) == 0
    assert "pass" in capsys.readouterr().out
    stored["runs"][0]["stages"]["frame_to_label"]["p50_ms"] /= 1e6
    slower.write_text(json.dumps(stored))
    assert main([*options, "--against", str(slower)]) == 3
    assert "FAIL (worse by more than 15%)" in capsys.readouterr().out


SHIPPED = ["--threads", "1", "--frames", "10"]
SHIPPED += [f"--runtime={name}" for name in installed()[:1]]


def test_ctrl_c_keeps_what_was_measured(tmp_path):
    path = tmp_path / "latency.json"
    command = [sys.executable, "-u", "-m", "benchmarks.latency", *SHIPPED, "--json", str(path)]
    with subprocess.Popen(
        [*command, "--minutes", "5", "--window", "0.2"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a terminal's Ctrl-C reaches the worker, too
    ) as process:
        for line in process.stdout:
            if line.split()[:1] == ["0"]:  # the first window
                os.killpg(process.pid, signal.SIGINT)
                break
        rest, errors = process.communicate()
    assert process.returncode == 130
    assert f"written: {path}" in rest
    assert "cut short: 1 runs and " in errors
    result = json.loads(path.read_text())
    assert result["cut_short"] == "interrupted"
    assert [run["frames"] for run in result["runs"]] == [10]
    assert result["sustained"]["windows"][0]["frames"] > 0
    assert result["sustained"]["summary"].startswith(f"{len(result['sustained']['windows'])} wind")
    assert read_result(path) == result


def test_a_worker_that_dies_leaves_what_was_measured(tmp_path, monkeypatch, capsys):
    path = tmp_path / "latency.json"
    real = latency.measure

    def measure(args, runtime, num_threads):
        if num_threads == 2:
            raise EdgeError("the worker died; try again")
        return real(args, runtime, num_threads)

    monkeypatch.setattr(latency, "measure", measure)
    assert main([*SHIPPED, "--threads", "1,2", "--json", str(path)]) == 1
    errors = capsys.readouterr().err
    assert "warning: cut short: 1 runs and 0 windows are kept\n" in errors
    assert errors.endswith("error: the worker died; try again\n")
    result = json.loads(path.read_text())
    assert result["cut_short"] == "the worker died; try again"
    assert [run["threads"] for run in result["runs"]] == [1]


def test_nothing_measured_is_nothing_kept(tmp_path, monkeypatch, capsys):
    def measure(args, runtime, num_threads):
        raise EdgeError("the worker died; try again")

    monkeypatch.setattr(latency, "measure", measure)
    assert main([*SHIPPED, "--json", str(tmp_path / "latency.json")]) == 1
    assert one_error(capsys) == "error: the worker died; try again"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", ["--frames 0", "--threads 0", "--threads 1,-1", "--width 0"])
def test_wrong_numbers_are_wrong_usage(options, capsys):
    assert main(options.split()) == 2
    assert "need numbers of 1 or more" in one_error(capsys)


def test_a_part_of_nothing_is_wrong_usage(capsys):
    assert main(["--most-own", "0"]) == 2
    assert "--most-own: needs a number of more than 0" in one_error(capsys)


@pytest.mark.parametrize("options", ["--minutes -1", "--window 0", "--fps 0", "--tolerance -1"])
def test_wrong_times_are_wrong_usage(options, capsys):
    assert main(options.split()) == 2
    assert "--minutes, --tolerance: need numbers of 0 or more" in one_error(capsys)


def test_wrong_words_are_wrong_usage(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--threads", "two"])
    assert exit_.value.code == 2
    assert "argument --threads: 'two' is not N,N,N" in capsys.readouterr().err


def test_frames_are_as_large_as_a_cameras(photos):
    frames = load_frames(photos / "red", 640, 480)
    assert len(frames) == 40
    assert {frame.shape for frame in frames} == {(480, 640, 3)}


def test_a_folder_without_pictures_is_told(tmp_path):
    with pytest.raises(SourceError, match="no pictures in it"):
        load_frames(tmp_path, 640, 480)


def test_stages_are_percentiles_over_all_frames():
    timed = [(Stages(i, 10 + i, 0.5), 100.0 + i) for i in range(101)]
    stages = stage_times(timed)
    assert stages["preprocess"] == {"p50_ms": 50, "p90_ms": 90, "p99_ms": 99}
    assert stages["invoke"]["p50_ms"] == 60
    assert stages["postprocess"]["p99_ms"] == 0.5
    assert stages["frame_to_label"]["p90_ms"] == 190


def test_all_but_the_interpreter_is_our_own():
    timed = [Stages(1.0, 20.0, 0.5), Stages(3.0, 40.0, 1.0), Stages(9.0, 60.0, 9.0)]
    assert own_cost(timed) == {"p50_ms": 4.0, "of_invoke": 0.1}


@pytest.mark.parametrize("most, code, word", [("1e9", 0, "pass"), ("1e-9", 3, "FAIL")])
def test_our_own_part_is_judged(most, code, word, measured, capsys):
    options = [*measured, "--threads", "1", "--runtime", installed()[0]]
    assert main([*options, "--most-own", most]) == code
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("all but the interpreter: ") and last.endswith(word)


def test_a_frame_is_written_anew_each_time():
    memory = FrameMemory([np.full((2, 2, 3), value, np.uint8) for value in (1, 2)])
    seen = [memory.next() for _ in range(3)]
    assert all(frame is seen[0] for frame in seen)
    assert seen[0].max() == 1  # the first came round again
