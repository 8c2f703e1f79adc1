"""deploy/: the unit is sound, and install.sh installs, updates and removes what it says."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.camera import build_parser

REPOSITORY = Path(__file__).parents[1]
UNIT = REPOSITORY / "deploy/edge-camera.service"
INSTALL = REPOSITORY / "deploy/install.sh"
MODEL = REPOSITORY / "models/cifar10_int8.tflite"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")


def install(root: Path, *options: str | Path, python: str = sys.executable) -> str:
    """Run install.sh below ``root`` with this Python; what it said."""
    done = run_install("--root", root, "--python", python, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_install(*options: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([INSTALL, *options], capture_output=True, text=True, timeout=120)


def refusal(*options: str | Path) -> str:
    """The one line with which install.sh ends with code 1."""
    done = run_install(*options)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def options_of(root: Path) -> list[str]:
    """The arguments that systemd passes to the app: two levels of quotes are taken away."""
    variables = dict(
        line.split("=", 1)
        for line in (root / "etc/default/edge-camera").read_text().splitlines()
        if not line.startswith("#")
    )
    (value,) = shlex.split(variables["EDGE_CAMERA_OPTIONS"])
    return shlex.split(value)


def settings_of(unit: Path) -> dict[str, str]:
    lines = [line for line in unit.read_text().splitlines() if "=" in line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a file system to install into."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@needs("systemd-analyze")
def test_systemd_accepts_the_installed_unit(root: Path):
    install(root, "--model", MODEL)
    unit = root / "etc/systemd/system/edge-camera.service"
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if "edge-camera" in line]
    assert (done.returncode, complaints) == (0, [])


@needs("systemd-analyze")
def test_the_unit_is_hardened():
    # The threshold is in tenths: 2.0 of 10, where a unit without any hardening has 9.6.
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", UNIT],
        capture_output=True,
        text=True,
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd-analyze is older than 250")
    assert done.returncode == 0, done.stdout[-200:]


def test_installs_app_model_options_and_unit(root: Path):
    install(root, "--model", MODEL, "--source", "/dev/video0")
    app = root / "opt/edge-vision"
    assert (app / "model_int8.tflite").read_bytes() == MODEL.read_bytes()
    assert (app / "edge/camera.py").read_bytes() == (REPOSITORY / "edge/camera.py").read_bytes()
    assert sorted(path.name for path in app.iterdir()) == [
        *("LICENSE", "deploy.md", "edge", "model_int8.tflite", "requirements-edge.txt")
    ]
    args = build_parser().parse_args(options_of(root))
    assert args.source == "/dev/video0"
    assert args.model == Path("/opt/edge-vision/model_int8.tflite")
    unit = root / "etc/systemd/system/edge-camera.service"
    assert settings_of(unit)["ExecStart"].split() == [
        *(sys.executable, "-m", "edge.camera", "$EDGE_CAMERA_OPTIONS")
    ]
    wanted = root / "etc/systemd/system/multi-user.target.wants/edge-camera.service"
    assert os.readlink(wanted) == "/etc/systemd/system/edge-camera.service"


def test_the_installed_app_runs_without_the_repository(root: Path):
    install(root, "--model", MODEL)
    done = subprocess.run(
        [sys.executable, "-m", "edge.camera", "--json", "--source", REPOSITORY / "demo/frames"],
        cwd=root / "opt/edge-vision",  # where the bare command finds its model
        env={name: text for name, text in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b'"decision"') == len(list(REPOSITORY.glob("demo/frames/*.jpg")))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("rtsp://me:p%40ss@camera.local/a?b=1&c=$HOME", id="stream with a password"),
        pytest.param("/srv/my videos/*.mp4", id="spaces and a star"),
        pytest.param("picamera:1", id="Pi camera"),
    ],
)
def test_the_source_arrives_as_it_was_given(root: Path, source: str):
    install(root, "--model", MODEL, "--source", source)
    assert build_parser().parse_args(options_of(root)).source == source


def test_only_root_may_read_the_options(root: Path):
    install(root, "--model", MODEL)
    assert (root / "etc/default/edge-camera").stat().st_mode & 0o077 == 0


def test_the_service_may_read_what_a_strict_umask_made(root: Path, tmp_path: Path):
    private = tmp_path / "private.tflite"
    shutil.copy(MODEL, private)
    private.chmod(0o600)
    install(root, "--model", private)
    app = root / "opt/edge-vision"
    for path in [app, *app.rglob("*")]:
        assert path.stat().st_mode & 0o004, path


def test_an_update_keeps_options_and_model_and_drops_old_modules(root: Path):
    install(root, "--model", MODEL, "--source", "1")
    options = root / "etc/default/edge-camera"
    options.write_text(options.read_text().replace("--source '1'", "--source '2'"))
    (root / "opt/edge-vision/edge/gone.py").touch()
    said = install(root, "--source", "3")
    assert build_parser().parse_args(options_of(root)).source == "2"
    assert f"{options} is kept" in said
    assert not (root / "opt/edge-vision/edge/gone.py").exists()
    assert (root / "opt/edge-vision/model_int8.tflite").read_bytes() == MODEL.read_bytes()


def test_a_bad_model_leaves_the_installed_app_alone(root: Path, tmp_path: Path):
    install(root, "--model", MODEL)
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(MODEL.read_bytes()[:1000])
    done = run_install("--root", root, "--python", sys.executable, "--model", bad)
    assert done.returncode == 1
    assert str(bad) in done.stderr and "nothing was replaced" in done.stderr
    assert "Traceback" not in done.stderr
    assert (root / "opt/edge-vision/model_int8.tflite").read_bytes() == MODEL.read_bytes()
    assert not (root / "opt/edge-vision/.new").exists()


def test_uninstall_keeps_options_and_log(root: Path):
    install(root, "--model", MODEL)
    log = root / "var/log/edge-camera/camera.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("{}\n")
    install(root, "--uninstall")
    left = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    assert left == ["etc/default/edge-camera", "var/log/edge-camera/camera.jsonl"]
    install(root, "--uninstall")  # a second time there is nothing to do


def test_refusals_name_fault_and_remedy(root: Path, tmp_path: Path):
    assert refusal("--root", root, "--model", tmp_path / "none.tflite") == (
        f"error: {tmp_path}/none.tflite: no such file; make it with `python -m convert.quantize`"
    )
    assert "no such folder" in refusal("--root", tmp_path / "none", "--model", MODEL)
    assert "no such program" in refusal("--root", root, "--model", MODEL, "--python", "/none")
    assert "quotes" in refusal("--root", root, "--model", MODEL, "--source", "it's")
    assert "is too old" in refusal("--root", root, "--model", MODEL, "--python", old_python(root))
    assert not (root / "opt").exists()


def old_python(folder: Path) -> Path:
    """A program that answers as a Python which is too old does."""
    program = folder / "python3.9"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n')
    program.chmod(0o755)
    return program


@pytest.mark.skipif(Path("/run/systemd/system").exists(), reason="systemd runs: it would install")
def test_without_systemd_or_root_nothing_is_installed():
    assert "use --root DIR" in refusal("--model", MODEL) or os.geteuid() != 0
    if os.geteuid() != 0:
        assert "run it with sudo" in refusal("--model", MODEL)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--modell", "x"], id="unknown option"),
        pytest.param(["--model"], id="no value"),
        pytest.param([], id="nothing to install"),
    ],
)
def test_wrong_usage_ends_with_2(root: Path, options: list[str]):
    done = run_install("--root", root, *options)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@needs("shellcheck")
def test_shellcheck_finds_nothing():
    subprocess.run(["shellcheck", INSTALL], check=True)
