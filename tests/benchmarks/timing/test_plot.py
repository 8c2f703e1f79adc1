"""benchmarks.timing.plot: a stored result as a picture."""

from __future__ import annotations

import json
import sys

import cv2
import pytest

pytest.importorskip("matplotlib", reason="a device has no matplotlib")

from benchmarks.latency import main as measure
from benchmarks.timing.plot import main
from edge.runtime import installed


@pytest.fixture(scope="module")
def stored(photos_model, photos, tmp_path_factory):
    """A short measurement with a sustained part."""
    path = tmp_path_factory.mktemp("latency") / "latency.json"
    options = ["--model", str(photos_model), "--source", str(photos / "red"), "--frames", "5"]
    options += ["--runtime", installed()[0], "--threads", "1", "--minutes", "0.01"]
    assert measure([*options, "--window", "0.3", "--json", str(path)]) == 0
    return path


@pytest.mark.parametrize("sensors", [False, True])
@pytest.mark.parametrize("sustained", [False, True])
def test_a_result_becomes_a_picture(sensors, sustained, stored, tmp_path):
    result = json.loads(stored.read_text())
    for window in result["sustained"]["windows"]:
        window["temperature_c"] = 61.5 if sensors else None
        window["clock_mhz"] = 1500 if sensors else None
        window["throttled"] = ["throttled now"] if sensors else None
    if not sustained:
        del result["sustained"]
    path = tmp_path / "latency.json"
    path.write_text(json.dumps(result))
    assert main([str(path), str(tmp_path / "new" / "latency.png")]) == 0
    picture = cv2.imread(str(tmp_path / "new" / "latency.png"))
    assert picture is not None and picture.std() > 5


def test_an_unknown_kind_of_picture_is_told(stored, tmp_path, capsys):
    assert main([str(stored), str(tmp_path / "latency.xyz")]) == 1
    assert "latency.xyz: cannot be written" in capsys.readouterr().err


def test_a_result_that_lacks_what_is_drawn_is_told(stored, tmp_path, capsys):
    result = json.loads(stored.read_text())
    del result["board"]["cores"]
    path = tmp_path / "latency.json"
    path.write_text(json.dumps(result))
    assert main([str(path), str(tmp_path / "latency.png")]) == 1
    assert "latency.json: has no cores; give a file that latency.py" in capsys.readouterr().err


def test_a_device_is_told_where_to_draw(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.backend_bases", None)
    assert measure(["--plot", str(tmp_path / "latency.png")]) == 2
    assert "draw it on a desktop: python -m benchmarks.timing.plot" in capsys.readouterr().err
