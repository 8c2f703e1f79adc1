"""Where frames come from: cameras, streams, videos and pictures, behind one small interface."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from edge.errors import SourceError
from edge.pictures import PICTURE_SUFFIXES
from edge.sources.camera import Camera, is_camera
from edge.sources.frame import CapturedFrame, Source, SourceOptions
from edge.sources.pictures import open_folder, open_picture
from edge.sources.stream import is_url, open_stream, without_password
from edge.sources.video import open_video

__all__ = ["CapturedFrame", "Source", "open_source", "source_name"]


def open_source(text: str, options: SourceOptions, *, warn: Callable[[str], None]) -> Source:
    """The source that ``text`` names, open and ready to read.

    A camera index or device (``0``, ``/dev/video0``), a stream URL, a video file, a picture or a
    folder of pictures. ``width`` and ``height`` in pixels are asked of cameras; the others come as
    they are. ``warn`` gets one line for each thing that is wrong but does not stop the source. It
    blocks while a camera or stream opens (a stream at most about 5 s). Raises SourceError.
    """
    if is_camera(text):
        return Camera(text, options.width, options.height)
    if is_url(text):
        return open_stream(text)
    path = Path(text)
    # os.path, because pathlib raises for a text that no file can be called by.
    if os.path.isdir(text):
        return open_folder(path, warn)
    if os.path.exists(text):
        is_picture = path.suffix.lower() in PICTURE_SUFFIXES
        return open_picture(path) if is_picture else open_video(path)
    raise SourceError(
        f"{text or 'the source'}: no such file or folder; --source takes a camera index or device "
        "(0, /dev/video0), a stream URL, a video file, a picture or a folder of pictures"
    )


def source_name(text: str) -> str:
    """``text`` as it may be shown: without the password that a stream URL can carry."""
    return without_password(text) if is_url(text) else text
