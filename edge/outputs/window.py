"""A window with the frame and its label, where there is a screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from edge.drawing import DARK, GREY, UNSURE, draw_text, scaled_to_fit, score_colour
from edge.errors import OutputError
from edge.outputs.output import Decision, Output
from edge.outputs.source_state import SourceState
from edge.preprocess import Frame
from edge.stop import Stop

_TITLE = "edge.camera"
_WIDTH, _HEIGHT = 960, 720  # larger frames are scaled to fit
_SMALLEST = 480  # smaller ones are enlarged to this, so that a 32x32 picture can be seen
_SMALLEST_WIDTH = 320
_BANNER_HEIGHT = 56
_QUIT_KEYS = (ord("q"), 27)  # 27: Escape
_PICTURE_S = 1.0
_PROBE = "import cv2; cv2.namedWindow('edge.camera probe'); cv2.destroyAllWindows()"
_PROBE_TIMEOUT_S = 20.0  # importing cv2 from a slow SD card takes a few


class Window(Output):
    """Shows each decision; q, Escape or closing it ends the run."""

    def __init__(self, stop: Stop) -> None:
        """Closing it requests ``stop``. Raises OutputError where no window can be opened."""
        _check_screen()
        self._stop = stop
        self._opened = False
        self._source = SourceState()
        self._canvas = np.full((_SMALLEST + _BANNER_HEIGHT, 640, 3), DARK, np.uint8)
        self._fault: str | None = None  # what stands in the banner

    def show(self, decision: Decision) -> None:
        """Draw the frame and its label. Pictures from files stay for a second, or until a key."""
        self._source.frame_came()
        self._canvas, self._fault = draw_decision(decision), None
        self._put_on_screen()
        until_s = time.monotonic() + (_PICTURE_S if decision.captured.path is not None else 0.0)
        while not self._handle_events() and time.monotonic() < until_s:
            pass

    def note(self, record: Mapping[str, Any]) -> None:
        self._source.note(record)

    def idle(self) -> None:
        """Say why no frame comes, below the last one, and go on reacting to keys."""
        fault = self._source.fault
        if fault != self._fault and fault is not None and self._source.is_quiet:
            draw_fault(self._canvas, fault)
            self._fault = fault
            self._put_on_screen()
        if self._opened:
            self._handle_events()

    def close(self) -> None:
        if self._opened:
            cv2.destroyAllWindows()  # unlike destroyWindow, content when the user has closed it
            self._opened = False

    def _put_on_screen(self) -> None:
        if not self._opened:
            cv2.namedWindow(_TITLE, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
            self._opened = True
        cv2.imshow(_TITLE, cv2.cvtColor(self._canvas, cv2.COLOR_RGB2BGR))

    def _handle_events(self) -> bool:
        """Let the window react; True when the user, or a signal, wants to go on or to end."""
        key = cv2.waitKey(1)
        closed = cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1
        if closed or key in _QUIT_KEYS:
            self._stop.request()
        return key != -1 or self._stop.requested


def draw_decision(decision: Decision) -> Frame:
    """The frame, scaled to the window, above a banner with label, score and frame age; RGB."""
    frame = decision.captured.preview
    room = min(_WIDTH, max(_SMALLEST, frame.shape[1])), min(_HEIGHT, max(_SMALLEST, frame.shape[0]))
    picture = scaled_to_fit(frame, *room)
    height, width = picture.shape[0], max(picture.shape[1], _SMALLEST_WIDTH)
    canvas = np.full((height + _BANNER_HEIGHT, width, 3), DARK, np.uint8)
    left = (width - picture.shape[1]) // 2
    canvas[:height, left : left + picture.shape[1]] = picture
    label, score = decision.verdict.label or "unknown", decision.verdict.score
    colour = score_colour(score)
    baseline = height + 36
    draw_text(canvas, label, 16, baseline, cap_height=18, width=width - 210)
    draw_text(
        canvas, f"{score:.2f}", width - 110, baseline, cap_height=16, colour=colour, align="right"
    )
    age = f"{decision.frame_age_ms:.0f} ms"
    draw_text(canvas, age, width - 16, baseline, cap_height=11, colour=GREY, align="right")
    reached = round(width * min(1.0, max(0.0, score)))
    cv2.rectangle(canvas, (0, height), (reached, height + 4), colour, cv2.FILLED)
    return canvas


def draw_fault(canvas: Frame, text: str) -> None:
    """Write ``text`` into the banner of a canvas of ``draw_decision``, in place of the label."""
    banner = canvas[-_BANNER_HEIGHT:]
    banner[:] = DARK
    draw_text(banner, text, 16, 36, cap_height=13, colour=UNSURE, width=banner.shape[1] - 32)


def _check_screen() -> None:
    """Raise OutputError when no window can be opened here."""
    # OpenCV's wheel looks for fonts where it has none, and says so for each.
    os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false;qt.qpa.*=false")
    if sys.platform != "linux":
        return
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    remedy = "leave --show out, or start it in a desktop session (over SSH: ssh -X)"
    if not screen:
        raise OutputError(f"--show: there is no screen here (DISPLAY is not set); {remedy}")
    # Without a screen that answers Qt ends the whole process, so another process tries first.
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, timeout=_PROBE_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise OutputError(f"--show: the screen {screen} does not answer; {remedy}") from None
    if b"not implemented" in probe.stderr:
        raise OutputError(
            "--show: this OpenCV was built without windows; leave --show out, or run "
            "`pip uninstall opencv-python-headless` and `pip install opencv-python`"
        )
    if probe.returncode != 0:
        raise OutputError(f"--show: no window opens on the screen {screen}; {remedy}")
