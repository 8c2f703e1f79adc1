"""benchmarks/soak.py: a minute of it, how growth is judged, and what is told when it cannot run."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.growth import Growth, growth
from benchmarks.soak import main
from benchmarks.streams.servers import missing

_ROOT = Path(__file__).resolve().parents[2]


def test_a_minute_of_trouble_leaves_the_app_as_it_was(tmp_path: Path, capsys) -> None:
    if reason := missing("http"):
        pytest.skip(reason)
    path, plot = tmp_path / "soak.json", tmp_path / "soak.png"
    has_plot = importlib.util.find_spec("matplotlib") is not None
    options = ["--plot", str(plot)] if has_plot else []
    code = main(["--seconds", "60", "--json", str(path), *options])
    out = capsys.readouterr().out
    print(out)
    assert code == 0
    result = json.loads(path.read_text())
    assert result["flat"] == {"memory_mb": True, "descriptors": True, "threads": True}
    assert result["exit_code"] == 0
    assert result["end_s"] < 1
    kinds = [one["kind"] for one in result["recovery"]["interruptions"]]
    assert kinds == ["crash", "reboot", "hang", "hang and crash"]
    assert result["samples"][-1]["reconnects"] == len(kinds)
    elapsed_s = [sample["elapsed_s"] for sample in result["samples"]]
    assert elapsed_s == pytest.approx([5 * number for number in range(1, 13)], abs=2)
    assert result["samples"][-1]["frames"] > 300
    assert "memory, MB  flat" in out
    assert not has_plot or plot.read_bytes().startswith(b"\x89PNG")
    assert result["command"].endswith(f" --json soak.json{' --plot soak.png' * has_plot}")


def test_ctrl_c_keeps_what_was_seen(tmp_path: Path) -> None:
    if reason := missing("http"):
        pytest.skip(reason)
    path = tmp_path / "soak.json"
    command = [sys.executable, "benchmarks/soak.py", "--seconds", "300", "--json", str(path)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(65)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(r"warning: cut short: 1\.\d minutes are kept\ninterrupted\n", error)
    result = json.loads(path.read_text())
    assert result["cut_short"] == "interrupted"
    assert 50 <= result["length_s"] <= 70
    assert result["exit_code"] == 0  # the app itself was not interrupted
    assert result["recovery"]["n"] >= 1
    assert "memory, MB" in out


def test_growth_is_the_slope_of_the_second_half_and_the_medians_of_the_quarters() -> None:
    # Start-up takes 40 MB at once; then 1 MB comes every half hour.
    times_s = [0, 900, 1800, 2700, 3600, 5400, 7200, 9000]
    values = [10, 50, 50, 50, 51, 52, 53, 54]
    assert growth(times_s, values) == Growth(slope_per_h=2.0, first_median=30, last_median=53.5)


def test_a_soak_too_short_to_tell_is_wrong_usage(capsys) -> None:
    assert main(["--seconds", "5"]) == 2
    assert capsys.readouterr().err == "error: --seconds, --minutes: need 50 seconds or more\n"


@pytest.mark.parametrize("options, program", [([], "ffmpeg"), (["--rtsp"], "gstreamer")])
def test_a_missing_server_is_named_with_its_package(
    options: list[str], program: str, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("benchmarks.streams.servers._SYSTEM_PYTHON", "/nowhere/python3")
    assert main(options) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "; sudo apt install " in error
    assert program in error
