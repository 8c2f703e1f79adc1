"""The whole way, as a user goes it: train, quantize, classify a folder, measure."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def python(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command as a user types it in ``cwd``, with the project found from there."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd or REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def house(digits: Path, quick: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which python -m train and a bare python -m convert.quantize have run."""
    folder = tmp_path_factory.mktemp("house")
    trained = python("-m", "train", "--data", digits, *quick, cwd=folder)
    assert (trained.returncode, trained.stderr) == (0, ""), trained.stderr
    assert "Epoch 2/2" in trained.stdout
    quantized = python("-m", "convert.quantize", "--max-drop", "5", cwd=folder)
    assert quantized.returncode == 0, quantized.stderr
    # Digits of 8x8 pixels do resemble each other.
    (doubt,) = quantized.stderr.splitlines()
    assert "almost equal test pictures" in doubt
    assert "agreement" in quantized.stdout
    report = (folder / "model_int8.report.html").read_text("utf-8")
    assert "What cameras do to pictures" in report
    assert "Formats and runtimes" in report
    return folder


@pytest.fixture(scope="module")
def pictures(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 60 test digits as PNG files whose names begin with the digit."""
    import cv2

    folder = tmp_path_factory.mktemp("pictures")
    with np.load(digits) as arrays:
        chosen = zip(arrays["x_test"][:60], arrays["y_test"][:60], strict=True)
        for number, (pixels, digit) in enumerate(chosen):
            cv2.imwrite(str(folder / f"{digit}_{number:02}.png"), pixels)
    return folder


def test_int8_file_is_nearly_as_good_as_the_float_model(house):
    from edge.card import read_card

    facts = read_card(house / "model_int8.tflite").facts["accuracy"]
    assert facts["float"]["n"] == facts["int8"]["n"] == 397
    assert facts["float"]["top1"] > 0.9
    assert facts["int8"]["top1"] > 0.9
    assert facts["agreement"]["top1"] > 0.95
    (run,) = (house / "runs").iterdir()
    recorded = json.loads((run / "run.json").read_text())["results"]["float"]["top1"]
    assert facts["float"]["top1"] == pytest.approx(recorded, abs=1 / 397)


def test_camera_names_the_pictures_of_a_folder(house, pictures):
    done = python("-m", "edge.camera", "--source", pictures, "--json", cwd=house)
    assert done.returncode == 0, done.stderr
    decisions = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(d["path"]).name for d in decisions] == sorted(p.name for p in pictures.iterdir())
    right = [Path(d["path"]).name[0] == d["top"][0]["label"] for d in decisions]
    assert np.mean(right) > 0.9
    sha256 = hashlib.sha256((house / "model_int8.tflite").read_bytes()).hexdigest()
    for number, decision in enumerate(decisions):
        assert decision["type"] == "decision"
        assert decision["frame"] == number
        captured = datetime.datetime.fromisoformat(decision["time"])
        assert captured.utcoffset() == datetime.timedelta(0)
        assert decision["frame_age_ms"] > 0
        assert decision["stages_ms"].keys() == {"preprocess", "invoke", "postprocess"}
        assert decision["model"] == sha256[:12]
        scores = [entry["score"] for entry in decision["top"]]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) >= 0 and max(scores) <= 1


def test_latency_measures_that_file(house, pictures):
    done = python(
        REPOSITORY / "benchmarks" / "latency.py",
        *("--model", "model_int8.tflite", "--source", pictures),
        *("--frames", "20", "--threads", "1,2", "--json", "latency.json"),
        cwd=house,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads((house / "latency.json").read_text())
    sha256 = hashlib.sha256((house / "model_int8.tflite").read_bytes()).hexdigest()
    assert result["model"]["sha256"] == sha256
    assert result["board"]["cores"] == os.cpu_count()
    assert {run["threads"] for run in result["runs"]} == {1, 2}
    for run in result["runs"]:
        assert run["runtime"] in ("litert", "tflite-runtime")
        assert run["throughput_fps"] > 0 and run["rss_mb"] > 0 and run["cold_start"]["total_s"] > 0
        for name in ("preprocess", "invoke", "postprocess", "frame_to_label"):
            stage = run["stages"][name]
            assert 0 < stage["p50_ms"] <= stage["p90_ms"] <= stage["p99_ms"]
        parts = [run["stages"][name]["p50_ms"] for name in ("preprocess", "invoke", "postprocess")]
        assert run["stages"]["frame_to_label"]["p50_ms"] >= max(parts)


def test_every_bare_command_names_what_is_missing(tmp_path):
    quantize = python("-m", "convert.quantize", cwd=tmp_path)
    camera = python("-m", "edge.camera", cwd=tmp_path)
    assert (quantize.returncode, camera.returncode) == (1, 1)
    assert quantize.stderr.startswith("error: runs: no finished run")
    assert "python -m train" in quantize.stderr
    assert camera.stderr.startswith("error: model_int8.tflite: no such file")
    assert "python -m convert.quantize" in camera.stderr
