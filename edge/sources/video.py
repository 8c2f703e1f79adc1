"""A video file, at its own rate as a stand-in for a camera, or as fast as it can be read."""

from __future__ import annotations

import time
from pathlib import Path

import cv2

from edge.errors import SourceError
from edge.sources.frame import CapturedFrame, Source
from edge.sources.opencv import (
    DECODER_THREADS,
    describe,
    grab_past_damage,
    open_capture,
    retrieve_bgr,
)

_USUAL_FPS = 30.0
_LONGEST_STEP_S = 5.0
_LATEST_S = 1.0


def open_video(path: Path, *, max_rate: bool) -> VideoFile:
    """The video at ``path``; SourceError when OpenCV cannot read it."""
    # FFmpeg takes "a:b.mp4" for an address, but not with a path before it.
    threads = [cv2.CAP_PROP_N_THREADS, DECODER_THREADS]
    capture = open_capture(str(path.absolute()), cv2.CAP_FFMPEG, threads)
    if not capture.isOpened():
        size = path.stat().st_size if path.is_file() else 0
        fault = "is no video or picture that OpenCV can read" if size else "is empty"
        raise SourceError(
            f"{path}: {fault}; give an .mp4, .avi, .mkv, .jpg or .png file, or a folder"
        )
    return VideoFile(capture, str(path), max_rate=max_rate)


class VideoFile(Source):
    """Frames of a recording; the end of the file ends the source."""

    def __init__(self, capture: cv2.VideoCapture, name: str, *, max_rate: bool) -> None:
        """Each frame comes when it is due, or with ``max_rate`` when it is asked for."""
        self.name = name
        self.live = not max_rate
        self.description = describe(capture)
        self._capture = capture
        self._pace = None if max_rate else Pace(capture.get(cv2.CAP_PROP_FPS), time.monotonic())
        self._number = 0

    def read(self) -> CapturedFrame | None:
        """The next frame at the time it is due, or None at the end of the file.

        Raises SourceError when not even one frame can be decoded.
        """
        while (damaged := grab_past_damage(self._capture)) is not None:
            position_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
            pixels = retrieve_bgr(self._capture, self.name)
            number = self._number + damaged
            self._number = number + 1
            self.damaged += damaged + (pixels is None)
            if pixels is not None:
                if self._pace is not None:
                    now_s = time.monotonic()
                    time.sleep(max(0.0, self._pace.due_s(position_ms, now_s) - now_s))
                return CapturedFrame.taken_at(time.monotonic(), pixels, number, order="BGR")
        if self._number == self.damaged:
            raise SourceError(
                f"{self.name}: no frame can be decoded; copy or record the file again"
            )
        return None

    def close(self) -> None:
        self._capture.release()


class Pace:
    """When each frame of a recording is due, in seconds on the clock that ``start_s`` is from."""

    def __init__(self, fps: float, start_s: float) -> None:
        """``fps`` bridges frames without a usable position; nonsense counts as 30."""
        self._interval_s = 1 / fps if 1 <= fps <= 1000 else 1 / _USUAL_FPS
        self._position_ms: float | None = None
        self._due_s = start_s

    def due_s(self, position_ms: float, now_s: float) -> float:
        """When the frame at ``position_ms`` of the recording is due; the first one at once."""
        if self._position_ms is None:
            self._due_s = now_s
        else:
            step_s = (position_ms - self._position_ms) / 1000
            # Some containers carry no positions, or jump: the frame rate is the next best.
            self._due_s += step_s if 0 < step_s <= _LONGEST_STEP_S else self._interval_s
        self._position_ms = position_ms
        # A reader that fell behind (slow decoder, suspended machine) goes on from here: catching up
        # would rush through the frames in between.
        self._due_s = max(self._due_s, now_s - _LATEST_S)
        return self._due_s
