"""Which of the machine's /dev/video nodes are cameras, and what to say when one gives no frame."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal

from edge.errors import SourceError

Kind = Literal["camera", "pi camera", "metadata", "processor"]

# Names that the kernel's drivers give their nodes. The first are the receivers at the Raspberry
# Pi's camera connector: raw sensor data that only libcamera can turn into pictures.
_RECEIVERS = ("unicam", "bcm2835-unicam", "rp1-cfe")
_PROCESSORS = ("bcm2835-isp", "bcm2835-codec", "pispbe", "rpivid", "rpi-hevc", "hevc")
_PI_CAMERA = "a Raspberry Pi camera, which only libcamera can read; use --source picamera"


def check_device(name: str, device: Path, sysfs: Path = Path("/sys")) -> None:
    """Raise the SourceError that OpenCV, which only fails to open, does not give."""
    if not device.exists():
        raise SourceError(f"{name}: there is no such device; {_absent_remedy(sysfs)}")
    if not stat.S_ISCHR(device.stat().st_mode):
        raise SourceError(f"{name}: is no device; {choice(sysfs)}")
    if not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(
            f"{name}: may not be used; run `sudo usermod -aG video $USER` and log in again"
        )


def failure(device: Path, fault: str, remedy: str, sysfs: Path = Path("/sys")) -> str:
    """``fault; remedy`` of a ``device`` that did not work, or what its kind explains better."""
    nodes = video_nodes(sysfs)
    kind = nodes.get(Path(os.path.realpath(device)).name)
    if kind == "pi camera":
        return f"is the connector of {_PI_CAMERA}"
    if kind == "metadata":
        return f"gives a camera's metadata, not its pictures; {choice(sysfs)}"
    if kind == "processor":
        beside = "the board's video decoder or converter, not a camera"
        if "pi camera" in nodes.values():
            return f"is {beside}; for the Raspberry Pi camera use --source picamera"
        return f"is {beside}; {choice(sysfs)}"
    return f"{fault}; {remedy}"


def choice(sysfs: Path = Path("/sys")) -> str:
    """What --source could be on this machine instead."""
    nodes = video_nodes(sysfs)
    choices = [f"/dev/{node}" for node, kind in nodes.items() if kind == "camera"]
    if "pi camera" in nodes.values():
        choices.append("picamera")
    if choices:
        return f"choose --source from {', '.join(choices)}"
    return "give --source a stream URL, a video or a folder of pictures (no camera is here)"


def video_nodes(sysfs: Path = Path("/sys")) -> dict[str, Kind]:
    """The kind of each node, ``video0`` first, by what the kernel says in ``sysfs``."""
    nodes = (sysfs / "class" / "video4linux").glob("video[0-9]*")
    return {
        node.name: _kind(node)
        for node in sorted(nodes, key=lambda node: (len(node.name), node.name))
    }


def _kind(node: Path) -> Kind:
    driver = Path(os.path.realpath(node / "device" / "driver")).name
    names = (_text(node / "name").lower(), driver.lower())
    if any(name.startswith(_RECEIVERS) for name in names):
        return "pi camera"
    if any(name.startswith(_PROCESSORS) for name in names):
        return "processor"
    # This driver registers a node for the metadata after each one for the pictures.
    if driver == "uvcvideo" and _text(node / "index") in ("1", "3", "5", "7"):
        return "metadata"
    return "camera"


def _absent_remedy(sysfs: Path) -> str:
    kinds = video_nodes(sysfs).values()
    if "pi camera" in kinds and "camera" not in kinds:
        return f"here is {_PI_CAMERA}"
    return f"plug the camera in, or {choice(sysfs)}"


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # the device was unplugged a moment ago
        return ""
