"""benchmarks.output: targets that cannot be written are told before anything is measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import install_weight, latency, peers, pipeline, soak, unknowns
from benchmarks.output import check_targets, save_figure, write_json
from edge.errors import OutputError, UsageError

UNKNOWNS = ["--known", "known.npz", "--unknown", "unknown.npz"]
JSON_COMMANDS = {
    "latency": (latency.main, []),
    "peers": (peers.main, []),
    "soak": (soak.main, []),
    "pipeline": (pipeline.main, []),
    "install_weight": (install_weight.main, []),
    "unknowns": (unknowns.main, UNKNOWNS),
}
PLOT_COMMANDS = {name: JSON_COMMANDS[name] for name in ("latency", "peers", "soak")}


def error_of(command, words, capsys):
    """The line on stderr of a command that ends as one that is used wrongly."""
    main, needed = command
    assert main([*needed, *words]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    return captured.err


@pytest.mark.parametrize("command", JSON_COMMANDS.values(), ids=JSON_COMMANDS)
def test_a_json_file_that_cannot_be_is_told_before_the_work(command, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    told = error_of(command, ["--json", str(tmp_path / "file" / "x.json")], capsys)
    assert told.startswith(f"error: --json: {tmp_path / 'file' / 'x.json'}: cannot be written (")
    assert told.endswith("; choose another place\n")
    told = error_of(command, ["--json", str(tmp_path)], capsys)
    assert told.endswith(": cannot be written (is a folder); choose another place\n")


@pytest.mark.parametrize("command", PLOT_COMMANDS.values(), ids=PLOT_COMMANDS)
def test_a_plot_that_cannot_be_is_told_before_the_work(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.backend_bases", None)
    told = error_of(command, ["--plot", str(tmp_path / "x.png")], capsys)
    assert "x.png: drawing needs matplotlib, which is missing; " in told
    monkeypatch.undo()
    pytest.importorskip("matplotlib")
    for name in ("x.xyz", "x"):
        told = error_of(command, ["--plot", str(tmp_path / name)], capsys)
        assert f"{name}: no kind of picture that can be drawn; name a .png, .svg or .pdf" in told
    (tmp_path / "file").write_text("")
    told = error_of(command, ["--plot", str(tmp_path / "file" / "x.png")], capsys)
    assert "--plot: " in told and "cannot be written (" in told


def test_a_folder_that_is_missing_is_made(tmp_path, capsys):
    path = tmp_path / "new" / "figures.json"
    check_targets(path)
    assert list((tmp_path / "new").iterdir()) == []
    write_json({"a": 1}, path)
    assert json.loads(path.read_text()) == {"a": 1}
    assert capsys.readouterr().out == f"written: {path}\n"


def test_what_is_there_stays_until_the_end(tmp_path):
    path = tmp_path / "figures.json"
    path.write_text("before")
    check_targets(path)
    assert path.read_text() == "before"


def test_nothing_asked_for_is_nothing_written(capsys):
    check_targets(None, None)
    write_json({}, None)
    assert capsys.readouterr().out == ""


def test_a_figure_that_cannot_be_written_is_one_line(tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    (tmp_path / "x.png").mkdir()
    with pytest.raises(OutputError, match=r"x.png: cannot be written"):
        save_figure(plt.figure(), tmp_path / "x.png")
    assert plt.get_fignums() == []


def test_a_folder_that_nobody_may_write_in_is_told():
    with pytest.raises(UsageError, match=r"--json: /proc/x.json: cannot be written"):
        check_targets(Path("/proc/x.json"))
