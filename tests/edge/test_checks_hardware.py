"""edge.checks: the board, cameras at USB and at the Pi's own port, with trees and real scripts."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.board import Throttling, read_board
from edge.checks import picamera
from edge.checks.cameras import _no_cameras, ask, check_camera, formats_text, users_of
from edge.checks.check import Check
from edge.checks.machine import check_board, check_clock, check_room, check_throttling
from edge.checks.picamera import PiCamera, check_listed, check_picamera, parse_cameras
from edge.checks.within import within
from edge.errors import SourceError
from edge.v4l2 import Device, Format, Size

CPU = "sys/devices/system/cpu/cpu0/cpufreq"
PI = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
    "proc/cpuinfo": "CPU part\t: 0xd08\n",
    f"{CPU}/scaling_governor": "ondemand\n",
    f"{CPU}/scaling_cur_freq": "1800000\n",
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "48312\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
}
RPICAM = """Available cameras
-----------------
0 : imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]

1 : HD Webcam [640x480] (\\_SB_.PCI0.XHC_.RHUB.HS04-usb-1.3)
"""
CAM = """[0:07:17.296] [1656] INFO Camera camera_manager.cpp:299 libcamera v0.0.2+55
Available cameras:
1: 'imx708' (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
2: External camera 'imx219' (/base/axi/pcie@120000/rp1/i2c@80000/imx219@10)
"""


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_healthy_pi(tmp_path):
    checks = by_name(check_board(tree(tmp_path, PI)))
    assert checks["board"].found.startswith("Raspberry Pi 4 Model B Rev 1.4, Cortex-A72, ")
    assert checks["governor"] == Check("governor", "ok", "ondemand, 1800 MHz now")
    assert checks["temperature"] == Check("temperature", "ok", "48 degrees C")
    assert checks["throttling"] == Check("throttling", "ok", "none since boot")


@pytest.mark.parametrize(
    "driver, state",
    [
        pytest.param({}, "warning", id="a Pi at its slowest clock"),
        pytest.param({f"{CPU}/scaling_driver": "intel_pstate\n"}, "ok", id="a PC's usual governor"),
    ],
)
def test_powersave(driver, state, tmp_path):
    files = {**PI, f"{CPU}/scaling_governor": "powersave\n", **driver}
    check = by_name(check_board(tree(tmp_path, files)))["governor"]
    assert check.state == state
    assert ("sudo tee" in check.remedy) == (state == "warning")


@pytest.mark.parametrize("millidegrees, state", [("79900", "ok"), ("80000", "warning")])
def test_heat(millidegrees, state, tmp_path):
    files = {**PI, "sys/class/thermal/thermal_zone0/temp": millidegrees}
    assert by_name(check_board(tree(tmp_path, files)))["temperature"].state == state


@pytest.mark.parametrize(
    "told, state, remedies",
    [
        (None, "info", ()),
        (Throttling(0), "ok", ()),
        (Throttling(0x50005), "warning", ("supply",)),
        (Throttling(0xE0000), "warning", ("heat sink",)),
        (Throttling(0x40000), "warning", ("heat sink",)),
        (Throttling(0x80001), "warning", ("supply", "heat sink")),
    ],
)
def test_throttling_is_put_down_to_supply_or_heat(told, state, remedies):
    check = check_throttling(told)
    assert check.state == state
    assert [word for word in ("supply", "heat sink") if word in check.remedy] == list(remedies)


def test_the_voltage_sensor_alone_claims_no_more_than_it_knows():
    check = check_throttling(Throttling(0, only_voltage=True))
    assert check == Check("throttling", "ok", "no under-voltage (the rest needs vcgencmd)")


def test_little_memory(tmp_path):
    text = "MemAvailable: 102400 kB\n"
    checks = by_name(check_room(tmp_path, tree(tmp_path, {"proc/meminfo": text})))
    assert checks["memory"].state == "warning" and checks["memory"].found == "100 MB available"
    assert "disk" in checks


@pytest.mark.parametrize(
    "now, synchronized, state, words",
    [
        (datetime(1970, 1, 1, 0, 3, tzinfo=UTC), True, "warning", "is not set"),
        (datetime(2026, 5, 1, tzinfo=UTC), False, "warning", "not synchronized"),
        (datetime(2026, 5, 1, tzinfo=UTC), True, "ok", "UTC, synchronized"),
    ],
)
def test_the_clock(now, synchronized, state, words):
    check = check_clock(now, synchronized)
    assert check.state == state and words in check.found


def test_this_machines_clock_is_asked():
    check = check_clock()
    assert check.found.startswith(f"{datetime.now(UTC):%Y-%m-%d}")


def mjpg(*sizes: Size, any_size: bool = False) -> Format:
    return Format("MJPG", "Motion-JPEG", sizes, any_size)


@pytest.mark.parametrize(
    "formats, text",
    [
        ((), "offers no format"),
        (
            (mjpg(Size(640, 480, (30.0, 15.0)), Size(1280, 720, (30.0,)), Size(1920, 1080, (5.0,))),
             Format("YUYV", "YUYV 4:2:2", (Size(640, 480, (29.97,)),))),
            "MJPG 1280x720 640x480 at 30, 1920x1080 at 5; YUYV 640x480 at 29.97",
        ),
        (
            (mjpg(Size(48, 32, (60.0, 1.0)), Size(640, 480, (60.0,)), Size(720, 576, (50.0, 1.0)),
                  any_size=True),),
            "MJPG any size from 48x32 to 720x576 at 50",
        ),
        ((mjpg(Size(640, 480, ())),), "MJPG 640x480"),
        (
            (mjpg(*(Size(width, width, (30.0,)) for width in range(100, 900, 100))),),
            "MJPG 800x800 700x700 600x600 500x500 400x400 300x300 at 30 and 2 smaller",
        ),
        ((Format("MPEG", "MPEG", ()),), "MPEG"),
    ],
)  # fmt: skip
def test_formats_in_one_line(formats, text):
    assert formats_text(formats) == text


def device(path: Path, driver: str = "uvcvideo") -> Device:
    formats = (mjpg(Size(640, 480, (30.0,))),)
    return Device(path, driver, "C920", "usb-1", True, False, formats)


def test_a_camera_that_another_program_has_open(tmp_path):
    node = tmp_path / "video0"
    node.touch()
    assert check_camera(device(node)).state == "ok"
    code = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(node)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        (user,) = users_of(node)
        check = check_camera(device(node))
        other.communicate()
    assert user.endswith(f" (pid {other.pid})")
    assert check.state == "warning" and user in check.found and "fuser -v" in check.remedy


def test_other_nodes_share_a_line():
    nodes = [device(Path(f"/dev/video{n}"), "bcm2835-codec") for n in (10, 11)]
    check = _no_cameras([*nodes, device(Path("/dev/video1"))])
    assert check.state == "info"
    assert check.found.endswith("video10 video11 (bcm2835-codec), video1 (uvcvideo)")


def test_a_node_that_is_none():
    with pytest.raises(SourceError, match=r"^/dev/null: is no video device"):
        ask(Path("/dev/null"))


def test_work_that_takes_too_long_is_left_behind():
    assert within(5.0, lambda: 7) == 7
    with pytest.raises(FileNotFoundError):
        within(5.0, lambda: Path("/no/such/file").read_text())
    started_s = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.1, lambda: time.sleep(3))
    assert time.monotonic() - started_s < 2


def test_what_libcameras_programs_list():
    imx219, webcam = parse_cameras(RPICAM)
    assert imx219 == PiCamera(0, "imx219", "/base/soc/i2c0mux/i2c@1/imx219@10")
    assert webcam.is_usb and not imx219.is_usb
    assert [(camera.number, camera.model) for camera in parse_cameras(CAM)] == [
        (0, "imx708"),
        (1, "imx219"),
    ]
    assert parse_cameras("No cameras available!\n") == []


@pytest.fixture
def without_picamera2(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "picamera2" else real(name)
    )


def test_a_camera_that_only_libcamera_sees(tmp_path, monkeypatch, without_picamera2):
    program = tmp_path / "rpicam-hello"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{RPICAM}END\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (check,) = check_picamera()
    assert (check.state, check.found) == ("warning", "is missing, and libcamera sees imx219")
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    (check,) = check_picamera(wanted=0)
    assert (check.state, check.remedy) == ("fault", "sudo apt install -y python3-picamera2")


def test_a_virtual_environment_hides_apts_packages(monkeypatch, without_picamera2):
    monkeypatch.setattr(sys, "prefix", "/home/pi/.venv")
    (check,) = check_picamera(wanted=0)
    assert check.state == "fault"
    assert "python3 -m venv --system-site-packages .venv" in check.remedy


def test_no_picamera2_and_nothing_that_asks_for_it(monkeypatch, without_picamera2):
    monkeypatch.setenv("PATH", "/nowhere")
    board = read_board()
    monkeypatch.setattr(picamera, "read_board", lambda: replace(board, name="another board"))
    assert check_picamera() == []
    monkeypatch.setattr(picamera, "read_board", lambda: replace(board, name="Raspberry Pi 5"))
    (check,) = check_picamera()
    assert (check.state, check.found) == ("info", "is missing")


@pytest.fixture
def picamera2(tmp_path, monkeypatch):
    """Lets ``import picamera2`` run the given code, here and in child processes."""

    def write(code: str) -> None:
        (tmp_path / "picamera2.py").write_text(code)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return write


def test_picamera2_lists_its_cameras(picamera2):
    picamera2(
        "class Picamera2:\n"
        "    @staticmethod\n"
        "    def global_camera_info():\n"
        "        print('libcamera chatter')\n"
        "        return [{'Num': 0, 'Model': 'imx219', 'Id': '/base/soc/imx219@10',"
        " 'Location': 2, 'Rotation': 180}]\n"
    )
    assert check_picamera() == [Check("picamera:0", "ok", "imx219; /base/soc/imx219@10")]
    *_, check = check_picamera(wanted=1)
    assert check.state == "fault" and "no camera number 1" in check.found


@pytest.mark.parametrize(
    "code, words, remedy",
    [
        pytest.param("import os; os.abort()", "ended by signal 6", "sudo reboot", id="crashes"),
        pytest.param(
            "raise ValueError('numpy.dtype size changed, may indicate binary incompatibility')",
            "ValueError: numpy.dtype size changed",
            "pip uninstall -y numpy",
            id="parts built for another numpy",
        ),
    ],
)
def test_a_picamera2_that_cannot_be_imported(code, words, remedy, picamera2):
    picamera2(code)
    (check,) = check_picamera()
    assert check.state == "warning" and words in check.found and remedy in check.remedy


def test_usb_cameras_are_left_to_their_nodes():
    usb = PiCamera(0, "Webcam", "/base/scb/pcie/usb@0,0-1.3")
    assert check_listed([usb], None) == [
        Check("picamera2", "info", "is here; libcamera sees no camera")
    ]
