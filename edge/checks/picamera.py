"""The Raspberry Pi's own cameras: seen by libcamera alone, used through picamera2."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.board import read_board
from edge.checks.check import Check, State
from edge.checks.child import ChildError, ask_python
from edge.command import run_bounded
from edge.remedies import APT_NUMPY

_TIMEOUT_S = 10.0
_CODE = (
    "import json; from picamera2 import Picamera2\n"
    "print(json.dumps([[c['Num'], c['Model'], c['Id']] for c in Picamera2.global_camera_info()]))"
)
_TOOLS = (
    ("rpicam-hello", "--list-cameras"),
    ("libcamera-hello", "--list-cameras"),
    ("cam", "-l"),
)
_APT = "sudo apt install -y python3-picamera2"
_VENV = (
    "python3 -m venv --system-site-packages .venv && .venv/bin/pip install -r requirements-edge.txt"
)
_SYSTEM_PACKAGES = Path("/usr/lib/python3/dist-packages")


@dataclass(frozen=True)
class PiCamera:
    """A camera that libcamera sees."""

    number: int  # of --source picamera:N
    model: str  # "imx219"
    id: str  # where it is: "/base/soc/i2c0mux/i2c@1/imx219@10"

    @property
    def is_usb(self) -> bool:
        """libcamera lists USB cameras, too; those have nodes of their own."""
        return "usb" in self.id.lower()


def check_picamera(wanted: int | None = None) -> list[Check]:
    """picamera2 and the cameras it offers; ``wanted`` is the number that --source asks for."""
    if importlib.util.find_spec("picamera2") is None:
        return _check_missing(wanted is not None)
    try:
        listed = ask_python(_CODE, timeout_s=_TIMEOUT_S)
    except ChildError as error:
        state: State = "warning" if wanted is None else "fault"
        remedy = _how_to_repair(str(error))
        return [Check("picamera2", state, f"cannot be used: {error}", remedy)]
    return check_listed([PiCamera(*entry) for entry in listed], wanted)


def check_listed(cameras: Sequence[PiCamera], wanted: int | None) -> list[Check]:
    """One line for each camera at the Pi's own port, and one when the wanted one is not there."""
    checks = [
        Check(f"picamera:{camera.number}", "ok", f"{camera.model}; {camera.id}")
        for camera in cameras
        if not camera.is_usb
    ]
    if wanted is not None and wanted not in [camera.number for camera in cameras]:
        remedy = "switch the power off and check both ends of the flat cable"
        found = f"libcamera sees no camera number {wanted}"
        return [*checks, Check("picamera2", "fault", found, remedy)]
    return checks or [Check("picamera2", "info", "is here; libcamera sees no camera")]


def _check_missing(is_wanted: bool) -> list[Check]:
    models = [camera.model for camera in _ask_tools() if not camera.is_usb]
    is_pi = (read_board().name or "").startswith("Raspberry Pi")
    if not (models or is_wanted or is_pi):
        return []  # not needed
    found = "is missing" + (f", and libcamera sees {', '.join(models)}" if models else "")
    state: State = "fault" if is_wanted else "warning" if models else "info"
    return [Check("picamera2", state, found, _how_to_install())]


def _ask_tools() -> list[PiCamera]:
    """What libcamera's own programs list, for want of picamera2."""
    for name, option in _TOOLS:
        program = shutil.which(name)
        if program is not None:
            try:
                return parse_cameras(run_bounded([program, option], _TIMEOUT_S).stdout)
            except OSError:  # it hangs: the cameras are not known
                return []
    return []


def parse_cameras(text: str) -> list[PiCamera]:
    """From ``0 : imx219 [3280x2464] (/base/...)`` and ``1: 'imx219' (/base/...)`` alike."""
    lines = re.findall(r"(?m)^\s*(\d+)\s*:\s*(.+?)\s*\((\S+)\)\s*$", text)
    cameras = []
    for number, (_, words, place) in enumerate(lines):
        name = re.search(r"'([^']+)'", words)
        cameras.append(PiCamera(number, name.group(1) if name else words.split()[0], place))
    return cameras


def _how_to_install() -> str:
    # A virtual environment sees apt's packages only when it was made to.
    if sys.prefix == sys.base_prefix or str(_SYSTEM_PACKAGES) in sys.path:
        return _APT
    return _VENV if (_SYSTEM_PACKAGES / "picamera2").is_dir() else f"{_APT} && {_VENV}"


def _how_to_repair(reason: str) -> str:
    if "numpy" in reason.lower():
        return APT_NUMPY
    return f"{_APT} && sudo reboot"
