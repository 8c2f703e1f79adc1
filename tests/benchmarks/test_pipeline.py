"""benchmarks/pipeline.py: a small real run, its JSON, and one line for what cannot be measured."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import pipeline
from benchmarks.bare import bare_loop
from benchmarks.camera_run import camera_run, figures
from benchmarks.pipeline import main
from edge.board import read_board
from edge.errors import EdgeError, SourceError
from tests.edge.material import write_video

QUICK = ["--rounds", "1", "--seconds", "1", "--threads", "1"]


def one_error(capsys):
    """The only line on stderr."""
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1, error
    return error


def test_a_small_run_holds_what_made_it(tmp_path, capsys):
    path = tmp_path / "pipeline.json"
    assert main([*QUICK, "--frames", "1500", "--json", str(path)]) == 0, capsys.readouterr().err
    result = json.loads(path.read_text())
    assert result["command"] == (
        "python benchmarks/pipeline.py --rounds 1 --seconds 1 --threads 1 --frames 1500"
        " --json pipeline.json"
    )
    assert result["format"] == 1
    assert result["board"]["cpu"] == read_board().cpu
    (figures,) = result["rounds"]
    assert result["medians"] == figures
    assert min(figures.values()) > 0
    assert sum(result["startup_s"].values()) > 0


@pytest.mark.parametrize(
    "words, told",
    [
        ("--rounds 0", "--frames, --threads, --rounds: need numbers of 1 or more"),
        ("--threads 0", "--frames, --threads, --rounds: need numbers of 1 or more"),
        ("--frames 0", "--frames, --threads, --rounds: need numbers of 1 or more"),
        ("--seconds 0", "--seconds: needs a number of more than 0"),
    ],
)
def test_wrong_numbers_are_wrong_usage(words, told, capsys):
    assert main(words.split()) == 2
    assert told in one_error(capsys)


@pytest.mark.parametrize("frames", [1, 12])
def test_a_short_video_is_one_line(frames, tmp_path, capsys):
    drawn = [np.full((48, 64, 3), 5 * number, np.uint8) for number in range(frames)]
    video = write_video(tmp_path / "short.avi", drawn, 30)
    assert main([*QUICK, "--seconds", "0.2", "--video", str(video)]) == 1
    assert f"{video}: too short to measure with; name a longer one" in one_error(capsys)


def test_labels_that_all_come_before_the_warm_up_ends_are_too_few(tmp_path):
    decision = {"type": "decision", "frame_age_ms": 2.0, "stages_ms": {"invoke": 1.0}}
    times = ["2026-01-01T00:00:00.000+00:00", "2026-01-01T00:00:00.400+00:00"]
    records = [{**decision, "time": time} for time in times]
    records.append({"type": "health", "memory_mb": 50.0})
    for seen in ([], records[-1:], records):
        with pytest.raises(SourceError, match=r"short.avi: too short"):
            figures(seen, 0.0, tmp_path / "short.avi")


def test_a_video_that_is_none_is_the_apps_word(tmp_path, capsys):
    assert main([*QUICK, "--seconds", "0.2", "--video", str(tmp_path / "none.avi")]) == 1
    assert "none.avi: " in one_error(capsys)


def test_what_takes_too_long_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.bare._LIMIT_S", 0.05)
    monkeypatch.setattr("benchmarks.camera_run._LIMIT_S", 0.05)
    monkeypatch.setattr("benchmarks.pipeline._LIMIT_S", 0.05)
    args = pipeline.build_parser().parse_args(QUICK)
    late = "cifar10_int8.tflite: {}: took more than 0.05 s; give "
    with pytest.raises(EdgeError, match=late.format("bare loop") + "fewer --seconds$"):
        bare_loop(args.model, "auto", 1, 1.0)
    with pytest.raises(EdgeError, match=late.format("edge.camera") + "fewer --seconds or --frames"):
        camera_run(args.model, "auto", 1, tmp_path, tmp_path)
    with pytest.raises(EdgeError, match=late.format("benchmarks.startup") + "another --runtime$"):
        pipeline._startup(args, "auto")


FIGURES = dict.fromkeys(
    ["bare_p50_ms", "throughput_ratio", "stages_ratio", "own_of_invoke", "label_paced_ratio",
     "first_label_s", "memory_mb", "peak_memory_mb"],
    1.0,
)  # fmt: skip


def interrupted_after(monkeypatch, rounds):
    """Measurements of which so many rounds end before a Ctrl-C."""
    done = []

    def measure(args, runtime, video, folder):
        if len(done) == rounds:
            raise KeyboardInterrupt
        done.append(video)
        return FIGURES

    monkeypatch.setattr(pipeline, "_round", measure)


def test_whole_rounds_before_a_ctrl_c_are_kept(tmp_path, monkeypatch, capsys):
    path = tmp_path / "pipeline.json"
    interrupted_after(monkeypatch, 2)
    assert main(["--frames", "1", "--json", str(path)]) == 130
    told = "warning: cut short: 2 whole rounds are kept\ninterrupted\n"
    assert capsys.readouterr().err == told
    result = json.loads(path.read_text())
    assert result["cut_short"] == "interrupted"
    assert (len(result["rounds"]), result["startup_s"]) == (2, {})


def test_no_round_is_nothing_kept(tmp_path, monkeypatch, capsys):
    interrupted_after(monkeypatch, 0)
    assert main(["--frames", "1", "--json", str(tmp_path / "pipeline.json")]) == 130
    assert list(tmp_path.iterdir()) == []
