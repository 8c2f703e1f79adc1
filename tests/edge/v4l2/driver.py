"""The stand-in for a V4L2 driver: compiled, and what a process needs to see its camera."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent / "fake_v4l2.c"
DEVICE = "/dev/full"  # any character device that everybody may open
MISSING = "needs Linux and a C compiler"


def compiler() -> str | None:
    """The C compiler, None where there is none or no V4L2."""
    if not sys.platform.startswith("linux"):
        return None
    return shutil.which("cc") or shutil.which("gcc")


def compiled(folder: Path) -> Path:
    """The library that plays the driver, in ``folder``; ``compiler`` must be there."""
    library = folder / "fake_v4l2.so"
    command = [str(compiler()), "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


def environment(library: Path, frames: Path, formats: str, pause_ms: int = 5) -> dict[str, str]:
    """Variables of a process for which DEVICE is a camera of 64x48 pixels with those ``frames``.

    ``formats`` as "MJPG,YUYV"; a frame comes ``pause_ms`` milliseconds after it is asked for.
    """
    return {
        "LD_PRELOAD": str(library),
        "FAKE_V4L2_DEVICE": DEVICE,
        "FAKE_V4L2_FORMATS": formats,
        "FAKE_V4L2_SIZE": "64x48",
        "FAKE_V4L2_FRAMES": str(frames),
        "FAKE_V4L2_PAUSE_MS": str(pause_ms),
    }
