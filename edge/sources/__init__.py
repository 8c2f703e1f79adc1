"""Where frames come from: cameras, streams, videos and pictures, behind one small interface."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from edge.errors import SourceError
from edge.pictures import PICTURE_SUFFIXES
from edge.sources.camera import Camera, is_camera
from edge.sources.faulty import is_plan, open_plan
from edge.sources.frame import CapturedFrame, Source, SourceOptions
from edge.sources.picamera import PiCamera, is_pi_camera
from edge.sources.pictures import is_pattern, open_folder, open_pattern, open_picture
from edge.sources.stream import is_url, open_stream, without_password
from edge.sources.video import open_video

__all__ = ["CapturedFrame", "Source", "SourceOptions", "open_source", "source_name"]


def open_source(text: str, options: SourceOptions, *, warn: Callable[[str], None]) -> Source:
    """The source that ``text`` names, open and ready to read.

    A camera index or device (``0``, ``/dev/video0``), ``picamera`` or ``picamera:1``, a stream URL,
    a video file, a picture, a folder of pictures or a pattern for them (``photos/*.jpg``), or
    ``fault:PLAN`` to rehearse faults. ``warn`` gets one line for each thing that is wrong but does
    not stop the source. It blocks while a camera or stream opens (a stream at most about 5 s).
    Raises SourceError.
    """
    if is_camera(text):
        return Camera(text, options.width, options.height, warn)
    if is_pi_camera(text):
        return PiCamera(text, options)
    if is_plan(text):
        return open_plan(text, options)
    if is_url(text):
        return open_stream(text, max_rate=options.max_rate)
    return _open_files(text, options, warn)


def _open_files(text: str, options: SourceOptions, warn: Callable[[str], None]) -> Source:
    path = Path(text)
    # os.path, because pathlib raises for a text that no file can be called by.
    if os.path.isdir(text):
        return open_folder(path, warn)
    if os.path.exists(text):
        if path.suffix.lower() in PICTURE_SUFFIXES:
            return open_picture(path)
        return open_video(path, max_rate=options.max_rate)
    if is_pattern(text):
        return open_pattern(text, warn)
    raise SourceError(
        f"{text or 'the source'}: no such file or folder; --source takes a camera index or device "
        "(0, /dev/video0), picamera, a stream URL, a video file, a picture, a folder of pictures "
        "or a pattern for them ('photos/*.jpg')"
    )


def source_name(text: str) -> str:
    """``text`` as it may be shown: without the password that a stream URL can carry."""
    return without_password(text) if is_url(text) else text
