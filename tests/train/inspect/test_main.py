"""python -m train.inspect: from a folder to a report, and a line for everything that is wrong."""

from __future__ import annotations

import json

import pytest

from train.inspect.__main__ import main


def test_a_nasty_folder_gets_its_report(nasty, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = ["--most", "0", "--size", "32", "--json", "copy.json"]
    assert main(["--data", str(nasty), *options]) == 0
    out = tmp_path / "inspect-Fotos-Müll"
    assert (out / "report.html").stat().st_size > 10_000
    assert json.loads((tmp_path / "copy.json").read_text())["pictures"] == 129
    assert (tmp_path / "copy.json").read_bytes() == (out / "report.json").read_bytes()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Fotos & Müll: 129 pictures in 4 classes")
    assert printed[-1] == "report: inspect-Fotos-Müll/report.html"
    assert len(printed) <= 40


def test_digits_are_checked_without_a_photo_s_features(digits, tmp_path, capsys):
    assert main(["--data", str(digits), "--out", str(tmp_path / "out"), "--most", "300"]) == 0
    assert "300 of 1,797 checked" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, code, said",
    [
        (["--data", "nowhere"], 1, "nowhere: no such file or folder"),
        (["--data", "."], 1, "class folders"),
        (["--data", "digits", "--size", "0"], 2, "--size"),
        (["--data", "digits", "--most", "-1"], 2, "--most"),
        (["--data", "digits", "--out", "loose.jpg"], 1, "loose.jpg: cannot be written"),
    ],
)
def test_a_fault_is_one_line(options, code, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loose.jpg").write_bytes(b"")
    assert main(options) == code
    error = capsys.readouterr().err
    assert error.startswith("error: ") and said in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loose.jpg"]
