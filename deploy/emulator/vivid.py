"""The kernel's V4L2 camera in software, from inside a machine that has the module: plug, unplug.

What it can be told: https://docs.kernel.org/admin-guide/media/vivid.html
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from edge.errors import EdgeError

WEBCAM = ("n_devs=1", "node_types=0x1", "num_inputs=1", "input_types=0x0")
# An HDMI input. Of its 83 formats it does not list each size with each rate, as the webcam does:
# an emulated processor needs more than 3 s for those 3,486 lines, which no real camera has.
HDMI = ("n_devs=1", "node_types=0x1", "num_inputs=1", "input_types=0x3")
# An HDMI input, and an HDMI output that can be looped to it; without scalers, which would resize.
HDMI_LOOP = (
    *("n_devs=1", "node_types=0x101", "num_inputs=1", "input_types=0x3"),
    *("num_outputs=1", "output_types=0x1", "ccs_cap_mode=0", "ccs_out_mode=0"),
)

_DRIVER = Path("/sys/bus/platform/drivers/vivid")
_DEVICE = "vivid.0"
_COMMAND_LIMIT_S = 60.0
_CLOSE_LIMIT_S = 10.0


def load(options: Sequence[str]) -> None:
    """Insert the module; its devices are there, with names and owners, when this returns."""
    command("modprobe", "vivid", *options)
    command("udevadm", "settle")


def unload() -> None:
    """Remove the module; waits for programs that have its devices open, 10 s at most."""
    until_s = time.monotonic() + _CLOSE_LIMIT_S
    while True:
        try:
            command("modprobe", "-r", "vivid")
            return
        except EdgeError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.2)


def unplug() -> None:
    """Take the camera away from whoever uses it, as a cable that is pulled does."""
    (_DRIVER / "unbind").write_text(_DEVICE)


def plug() -> None:
    """Bring it back."""
    (_DRIVER / "bind").write_text(_DEVICE)


def nodes() -> list[str]:
    """The machine's video devices."""
    return sorted(str(path) for path in Path("/dev").glob("video*"))


def control(device: str, *settings: str) -> str:
    """What v4l2-ctl prints for ``settings``, such as ``--get-fmt-video``."""
    return command("v4l2-ctl", "-d", device, *settings)


def play(device: str, file: Path) -> subprocess.Popen[bytes]:
    """A program that shows ``file``, one raw frame, on the output ``device`` until it is killed."""
    return subprocess.Popen(
        ["v4l2-ctl", "-d", device, "--stream-out-mmap=3", f"--stream-from={file}", "--stream-loop"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def command(*words: str) -> str:
    """Run a command; what it prints. EdgeError when it fails, or takes more than a minute."""
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_LIMIT_S,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired as error:
        raise EdgeError(f"{words[0]}: took more than {_COMMAND_LIMIT_S:g} s") from error
    if done.returncode:
        told = " ".join((done.stderr or done.stdout).split())
        raise EdgeError(f"{' '.join(words)}: failed ({told or done.returncode})")
    return done.stdout
