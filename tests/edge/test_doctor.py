"""edge.doctor: the page, its JSON and its exit code, by the command itself."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge import camera
from edge.checks.check import Check
from edge.doctor import _print, _safely, main, page, run
from edge.v4l2 import list_devices
from tests.edge.material import COLOURS, RED, mjpeg_server, plain, write_picture

REPOSITORY = Path(__file__).parents[2]
ANY_SOURCE = ["--source", "fault:good=1"]  # needs no camera: the rest of the page decides
WITHOUT_CAMERA = pytest.mark.skipif(bool(list_devices()), reason="a camera is here")
CHECKS = [
    Check("Python", "ok", "3.11.7"),
    Check("board", "info", "unknown"),
    Check("disk", "warning", "10 MB free here", "sudo apt clean"),
    Check("model", "fault", "m.tflite: no such file", "make one"),
]


def test_the_page():
    assert page(CHECKS).splitlines() == [
        "ok       Python                 3.11.7",
        "info     board                  unknown",
        "warning  disk                   10 MB free here",
        "                                -> sudo apt clean",
        "fault    model                  m.tflite: no such file",
        "                                -> make one",
        "",
        "The camera app would not run here: 1 fault, 1 warning.",
    ]


@pytest.mark.parametrize(
    "checks, verdict",
    [
        (CHECKS[:1], "would run here: no warnings."),
        (CHECKS[:3], "would run here: 1 warning."),
        ([CHECKS[2]] * 2, "would run here: 2 warnings."),
        ([CHECKS[3]] * 2, "would not run here: 2 faults, no warnings."),
    ],
)
def test_the_verdict(checks, verdict):
    assert page(checks).endswith(verdict)


def test_a_terminal_breaks_what_was_found_and_leaves_commands_whole():
    check = Check("x", "warning", "a " * 40 + "/a/long/path/that-stays-whole", "command " * 20)
    first, *middle, last = page([check], width=70).splitlines()[:-2]
    assert all(len(line) <= 70 for line in (first, *middle))
    assert "/a/long/path/that-stays-whole" in "\n".join(middle)
    assert last.count("command") == 20


def test_colour_is_for_terminals_and_only_where_it_is_wanted(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    shown, plainly, piped = Terminal(), Terminal(), io.StringIO()
    _print(CHECKS, shown)
    _print(CHECKS, piped)
    monkeypatch.setenv("NO_COLOR", "1")
    _print(CHECKS, plainly)
    assert "\x1b[31;1mfault    \x1b[0mmodel" in shown.getvalue()
    assert re.sub(r"\x1b\[[\d;]*m", "", shown.getvalue()) == plainly.getvalue()
    assert piped.getvalue() == page(CHECKS) + "\n"


def test_a_machine_that_refuses_to_answer_costs_one_line():
    def refuse() -> list[Check]:
        raise PermissionError(13, "Permission denied", "/proc/1")

    (check,) = _safely("board", refuse)
    assert check.state == "warning" and "Permission denied" in check.found


def test_all_is_well_with_a_model_and_pictures(tmp_path, capsys):
    source = write_picture(tmp_path / "red.png", plain(RED))
    assert main(["--model", str(COLOURS), "--source", str(source)]) == 0
    shown = capsys.readouterr()
    assert re.search(r"(?m)^ok +source +.*red\.png: a picture of 64x48", shown.out)
    assert "The camera app would run here" in shown.out
    assert shown.err == ""


def test_json(capsys, tmp_path):
    missing = tmp_path / "m.tflite"
    assert main(["--model", str(missing), "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["would_run"] is False
    (model,) = [check for check in report["checks"] if check["name"] == "model"]
    assert model == {
        "name": "model",
        "state": "fault",
        "found": f"{missing}: no such file",
        "remedy": "make a model with `python -m convert.quantize` or name another file",
    }
    assert {check["remedy"] for check in report["checks"] if check["state"] == "ok"} == {None}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(None, marks=WITHOUT_CAMERA),
        "99",
        "picamera:x",
        "http://{server}/live",
        "http://{server}/nothing.mjpg",
        "rtsp://127.0.0.1:1/",
        "good.png",
        "bad",
        "bad/*.jpg",
        "mixed",
        "*.gif",
        "fault:good=60",
        "fault:god=60",
        "fault:error=600,good=1",
    ],
)
def test_the_exit_code_is_right_about_the_camera_app(source, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for folder in ("bad", "mixed"):
        Path(folder).mkdir()
        Path(folder, "a.jpg").write_bytes(b"\xff\xd8\xff cut short")
    for name in ("good.png", "mixed/b.png"):
        write_picture(tmp_path / name, plain(RED))
    with mjpeg_server() as url:
        server = url.removeprefix("http://")
        named = [] if source is None else ["--source", source.format(server=server)]
        argv = ["--model", str(COLOURS), *named]
        judged = main(argv)
        done = camera.main([*argv, "--threads", "1", "--frames", "1"])
    assert (judged, done) in ((0, 0), (3, 1)), capsys.readouterr().out


@WITHOUT_CAMERA
def test_without_a_source_the_missing_camera_is_the_fault(capsys):
    assert main(["--model", str(COLOURS)]) == 3
    *_, verdict, hint = capsys.readouterr().out.splitlines()
    assert verdict.startswith(
        "The camera app would not run here with its default, --source 0: 1 fault, "
    )
    assert hint == "Nothing else is in its way: with another --source it may run."
    source = next(check for check in run(COLOURS, None) if check.name == "source")
    assert source.state == "fault" and "--source" in source.remedy


def test_another_source_is_no_way_around_another_fault(capsys, tmp_path):
    main(["--model", str(tmp_path / "m.tflite")])
    assert "another --source" not in capsys.readouterr().out


@WITHOUT_CAMERA
def test_that_no_camera_is_here_is_no_warning_of_its_own():
    checks = [check for check in run(COLOURS, ANY_SOURCE[1]) if check.name == "cameras"]
    assert checks == [Check("cameras", "info", "none found")]


def test_every_warning_and_fault_has_a_remedy():
    for check in run(Path("no model"), "no source"):
        assert bool(check.remedy) or check.state in ("ok", "info"), check


def test_the_command_on_a_terminal():
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "edge.doctor", "--model", str(COLOURS), *ANY_SOURCE]
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(command, stdout=terminal, cwd=REPOSITORY, env=env) as process:
        os.close(terminal)
        shown = b""
        while chunk := _read(screen):
            shown += chunk
    os.close(screen)
    assert process.returncode == 0
    assert shown.startswith(b"\x1b[32mok       \x1b[0mPython")


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:  # Linux says EIO when the last writer of a terminal has gone
        return b""


@pytest.mark.parametrize("missing", ["numpy", "cv2"])
def test_the_page_comes_without_numpy_or_opencv(missing, tmp_path):
    (tmp_path / f"{missing}.py").write_text(f"raise ImportError('no {missing} in this test')")
    command = [sys.executable, "-m", "edge.doctor", "--source", "0"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, env=env)
    assert done.returncode == 3 and done.stderr == ""
    assert f"cannot be imported: ImportError: no {missing} in this test" in done.stdout
    assert "The camera app would not run here" in done.stdout


def test_nothing_heavy_is_imported_before_it_is_tried():
    code = "import sys, edge.doctor; print({'numpy', 'cv2', 'asyncio'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    assert done.stdout == "set()\n"
