"""What --source names: is it there, and would the camera app get frames from it."""

from __future__ import annotations

import glob
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from edge.checks.cameras import ask, formats_text, users_of
from edge.checks.check import Check, from_error
from edge.checks.within import within
from edge.errors import SourceError
from edge.v4l2 import list_devices

_ANSWER_S = 2.0
_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}


def check_source(text: str) -> list[Check]:
    """One line for a camera, a stream, a file, a folder or a glob; none for ``picamera``."""
    from edge.sources import source_name
    from edge.sources.camera import is_camera
    from edge.sources.stream import is_url

    if picamera_number(text) is not None:
        return []  # edge.checks.picamera looks at it
    if is_camera(text):
        return [_check_camera(Path(f"/dev/video{int(text)}" if text.isdigit() else text))]
    if is_url(text):
        return [_check_url(text, source_name(text))]
    return [_check_files(text)]


def picamera_number(text: str) -> int | None:
    """N of ``picamera:N``, 0 of ``picamera``, None of every other source."""
    kind, colon, number = text.partition(":")
    if kind != "picamera" or (colon and not number.isdecimal()):
        return None
    return int(number) if colon else 0


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
        return Check("source", "warning", found, "close it before the camera app starts")
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


def _check_url(url: str, name: str) -> Check:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:  # a port that is no number, or half an IPv6 address
        host, port = None, None
    if not host or not port:
        remedy = "use http://, https:// or rtsp://HOST[:PORT]/PATH"
        return Check("source", "fault", f"{name}: is no stream URL", remedy)
    fault = _connect(host, port)
    if fault:
        remedy = "check that the camera is on, and its address and port"
        return Check("source", "fault", f"{name}: {fault}", remedy)
    return Check("source", "ok", f"{name}: {host} answers on port {port}")


def _connect(host: str, port: int) -> str:
    """What is wrong with the server, "" when it takes connections."""
    try:
        host.encode("idna")
    except UnicodeError:
        return "is no host name"
    try:
        # No time-out of a socket reaches into the look-up of its name.
        within(_ANSWER_S, lambda: socket.create_connection((host, port), _ANSWER_S).close())
    except socket.gaierror:
        return "unknown host"
    except TimeoutError:
        return f"no answer within {_ANSWER_S:g} s"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def _check_files(text: str) -> Check:
    # os.path, because pathlib raises for a text that no file can be called by.
    if os.path.isdir(text):
        return _check_folder(text)
    if os.path.isfile(text):
        return _check_file(Path(text))
    # A glob, or what is there without being a file: a named pipe.
    if os.path.exists(text) or glob.glob(text, recursive=True):
        return Check("source", "ok", f"{text}: is here")
    remedy = (
        "--source takes a camera (0, /dev/video0, picamera), a stream URL, a video, a picture, "
        "a folder or a glob"
    )
    return Check("source", "fault", f"{text or 'the source'}: no such file or folder", remedy)


def _check_folder(text: str) -> Check:
    from edge.pictures import list_pictures

    try:
        count = len(list_pictures(Path(text)))
    except SourceError as error:
        return from_error("source", "fault", error)
    if count == 0:
        remedy = "give a folder with .jpg or .png files in it"
        return Check("source", "fault", f"{text}: holds no pictures", remedy)
    return Check("source", "ok", f"{text}: {count} picture{'' if count == 1 else 's'}")


def _check_file(path: Path) -> Check:
    import cv2

    from edge.pictures import PICTURE_SUFFIXES, read_picture
    from edge.sources.opencv import open_capture

    if not os.access(path, os.R_OK):
        return Check("source", "fault", f"{path}: may not be read", f"chmod a+r {path}")
    try:
        if path.suffix.lower() in PICTURE_SUFFIXES:
            height, width = read_picture(path).shape[:2]
            return Check("source", "ok", f"{path}: a picture of {width}x{height} pixels")
    except SourceError as error:
        return from_error("source", "fault", error)
    capture = open_capture(str(path.absolute()), cv2.CAP_FFMPEG, [])
    if not capture.isOpened():
        remedy = "give an .mp4, .avi, .mkv, .jpg or .png file, or a folder"
        found = f"{path}: is no video or picture that OpenCV can read"
        return Check("source", "fault", found, remedy)
    width, height = (
        round(capture.get(what)) for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    capture.release()
    return Check("source", "ok", f"{path}: a video of {width}x{height} pixels")
