"""What --source names: is it there, and would the camera app get frames from it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from edge.checks.cameras import ask, formats_text, users_of
from edge.checks.check import Check, from_error
from edge.checks.frames import check_frames
from edge.errors import SourceError
from edge.v4l2 import list_devices


def default_source() -> str:
    """What the camera app looks at without --source. Imports numpy and OpenCV."""
    from edge.arguments import build_parser

    return str(build_parser().get_default("source"))


def check_source(text: str) -> list[Check]:
    """One line for whatever --source takes; none for ``picamera``.

    A camera is asked what it offers; anything else is opened as the camera app opens it, and gives
    a frame or the app's own message, in a quarter of a minute at most.
    """
    from edge.sources.naming import is_camera, is_url

    if picamera_number(text) is not None:
        return []  # edge.checks.picamera looks at it
    if is_camera(text):
        return [_check_camera(Path(f"/dev/video{int(text)}" if text.isdigit() else text))]
    if os.path.isfile(text) and not os.access(text, os.R_OK):
        return [Check("source", "fault", f"{text}: may not be read", f"chmod a+r {text}")]
    if not is_url(text) and _is_pipe(text):  # what is read from it would be missing later
        return [Check("source", "ok", f"{text}: is here")]
    return [check_frames(text)]


def _is_pipe(text: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(text).st_mode)
    except (OSError, ValueError):  # the app says what is wrong with it
        return False


def picamera_number(text: str) -> int | None:
    """N of ``picamera:N``, 0 of ``picamera``, None of every other source."""
    kind, _, number = text.partition(":")
    if kind != "picamera" or (number and not number.isdecimal()):
        return None
    return int(number or 0)


def _check_camera(path: Path) -> Check:
    try:
        device = ask(path)
    except SourceError as error:
        check = from_error("source", "fault", error)
        return Check("source", "fault", check.found, f"{check.remedy}, or {_choice()}")
    if device.only_libcamera:
        found = f"{path}: belongs to a camera ({device.driver}) that only libcamera can use"
        return Check("source", "fault", found, "--source picamera")
    if not device.is_capture:
        return Check("source", "fault", f"{path}: {device.card} gives no frames", _choice())
    if not device.formats:
        return Check("source", "fault", f"{path}: {device.card} offers no format", _choice())
    users = users_of(path)
    if users:
        found = f"{path}: is open in {', '.join(users)}"
        return Check("source", "fault", found, f"close it (`fuser -v {path}` shows it)")
    return Check("source", "ok", f"{path}: {device.card}; {formats_text(device.formats)}")


def _choice() -> str:
    """Cameras that --source could name instead."""
    cameras = []
    for path in list_devices():
        try:
            if ask(path).is_camera:
                cameras.append(str(path))
        except SourceError:  # no choice, then
            continue
    if cameras:
        return f"choose --source from {', '.join(cameras)}"
    return "give --source a stream URL, a video or a folder of pictures"
