"""Where frames come from: cameras, streams, videos and pictures, behind one small interface."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from edge.errors import SourceError
from edge.sources.frame import CapturedFrame, Source, SourceOptions
from edge.sources.naming import (
    is_camera,
    is_pattern,
    is_pi_camera,
    is_plan,
    is_url,
    source_name,
)

__all__ = ["CapturedFrame", "Source", "SourceOptions", "open_source", "source_name"]


def open_source(text: str, options: SourceOptions, *, warn: Callable[[str], None]) -> Source:
    """The source that ``text`` names, open and ready to read.

    A camera index or device (``0``, ``/dev/video0``), ``picamera`` or ``picamera:1``, a stream URL,
    a video file, a picture, a folder of pictures or a pattern for them (``photos/*.jpg``), or
    ``fault:PLAN`` to rehearse faults. ``warn`` gets one line for each thing that is wrong but does
    not stop the source. It blocks while a camera or stream opens (a stream at most about 5 s).
    Raises SourceError.
    """
    # Each kind is imported where it is opened: a run needs one of them, and memory is scarce.
    if is_camera(text):
        from edge.sources.camera import Camera

        return Camera(text, options, warn)
    if is_pi_camera(text):
        from edge.sources.picamera import PiCamera

        return PiCamera(text, options)
    if is_plan(text):
        from edge.sources.faulty import open_plan

        return open_plan(text, options)
    if is_url(text):
        from edge.sources.stream import open_stream

        return open_stream(text, options)
    return _open_files(text, options, warn)


def _open_files(text: str, options: SourceOptions, warn: Callable[[str], None]) -> Source:
    from edge.pictures import PICTURE_SUFFIXES
    from edge.sources.pictures import open_folder, open_pattern, open_picture

    path = Path(text)
    # os.path, because pathlib raises for a text that no file can be called by.
    if os.path.isdir(text):
        return open_folder(path, warn)
    if os.path.exists(text):
        if path.suffix.lower() in PICTURE_SUFFIXES:
            return open_picture(path)
        from edge.sources.video import open_video

        return open_video(path, max_rate=options.max_rate)
    if is_pattern(text):
        return open_pattern(text, warn)
    raise SourceError(
        f"{text or 'the source'}: no such file or folder; --source takes a camera index or device "
        "(0, /dev/video0), picamera, a stream URL, a video file, a picture, a folder of pictures "
        "or a pattern for them ('photos/*.jpg')"
    )
