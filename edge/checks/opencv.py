"""OpenCV: its version, what it was built with, and whether two packages own it."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Mapping
from contextlib import suppress

from edge.checks.check import Check
from edge.checks.child import ChildError, ask_python
from edge.remedies import INSTALL, opencv_remedy

_IMPORT_TIMEOUT_S = 20.0
_CODE = (
    "import json, cv2; print(json.dumps("
    "[cv2.__version__, cv2.getBuildInformation(), cv2.numpy.__version__]))"
)
_PACKAGES = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def check_opencv() -> list[Check]:
    """OpenCV, imported in another process."""
    try:
        version, build, numpy_version = ask_python(_CODE, timeout_s=_IMPORT_TIMEOUT_S)
    except ChildError as error:
        return [_import_fault(str(error)), *check_owners(_installed())]
    return [
        check_version(version, numpy_version),
        *check_build(build),
        *check_owners(_installed()),
    ]


def check_version(version: str, numpy_version: str) -> Check:
    """OpenCV 4.11 beside numpy 1 is known to hand out cameras' raw buffers."""
    if version.startswith("4.11.") and numpy_version.startswith("1."):
        return Check(
            "OpenCV",
            "warning",
            f"{version} with numpy {numpy_version}: its camera frames can be raw buffers of shape "
            "(1, 921600), which are refused",
            "pip install opencv-python==4.10.0.84",
        )
    return Check("OpenCV", "ok", version)


def check_build(build: str) -> list[Check]:
    """From the text of cv2.getBuildInformation(): cameras, streams and videos, the window."""
    older = (name for name in ("GTK+", "QT") if _built_with(build, name))
    gui = _built_with(build, "GUI") or next(older, "")
    v4l2, ffmpeg = _built_with(build, "v4l/v4l2"), _built_with(build, "FFMPEG")
    gstreamer = _built_with(build, "GStreamer")
    parts = [
        f"V4L2 {'yes' if v4l2 else 'no'}",
        f"FFmpeg {'yes' if ffmpeg else 'no'}",
        f"GStreamer {'yes' if gstreamer else 'no'} (not needed)",
        f"window {gui or 'no (--show is not possible)'}",
    ]
    missing = [
        use for use, present in (("cameras", v4l2), ("streams and videos", ffmpeg)) if not present
    ]
    if missing:
        found = f"{', '.join(parts)}: without {' and '.join(missing)}"
        return [Check("OpenCV build", "warning", found, f"{INSTALL}, whose OpenCV has them")]
    return [Check("OpenCV build", "ok", ", ".join(parts))]


def check_owners(versions: Mapping[str, str]) -> list[Check]:
    """``versions`` of packages that all install the one folder cv2/: a mixture of them is there."""
    if len(versions) < 2:
        return []
    found = " and ".join(f"{package} {version}" for package, version in versions.items())
    remedy = f"pip uninstall -y {' '.join(versions)} && {INSTALL}"
    return [Check("OpenCV", "warning", f"{found} overwrite each other's folder cv2/", remedy)]


def _installed() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def _built_with(build: str, part: str) -> str:
    """What the build information says of ``part``; "" for NO, NONE and silence."""
    line = re.search(rf"(?im)^\s*{re.escape(part)}:[ \t]*(\S.*?)\s*$", build)
    value = line.group(1) if line else "NO"
    return "" if value.upper().startswith("NO") else value.removeprefix("YES").strip() or "yes"


def _import_fault(reason: str) -> Check:
    return Check("OpenCV", "fault", f"cannot be imported: {reason}", opencv_remedy(reason))
