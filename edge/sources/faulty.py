"""A camera with troubles by plan, to rehearse what happens: ``fault:good=5,stall=8,...``."""

from __future__ import annotations

import threading
import time

import cv2
import numpy as np

from edge.errors import SourceError
from edge.preprocess import Frame, FrameToInput, to_pixels
from edge.sources.frame import CapturedFrame, Source, SourceOptions
from edge.sources.naming import PLAN
from edge.sources.plan import Plan, Step, explain
from edge.sources.scenery import Scene, drawn_scenes, picture_scenes

_RATE = 30.0  # frames per second
_SLOW_RATE = 1.0
_SCENE_FRAMES = 60  # shown of one scene before the next
_STALL_CHECK_S = 0.02
_ODD = "the driver has a bug, as planned"
_UNPLUGGED = "is unplugged, as planned; wait for the plan's next step"

# A plan goes on while nobody is connected, as a real camera's troubles do: it starts at the first
# opening in this process, and later openings join in.
_started_s: dict[str, float] = {}
_lock = threading.Lock()


def open_plan(text: str, options: SourceOptions) -> FaultySource:
    """The source that ``fault:PLAN`` or ``fault:PLAN@FOLDER`` names.

    Steps are ``KIND=SECONDS``: good, stall (``read`` blocks), freeze (the same frame again and
    again), black, corrupt (nothing but damaged frames), error (no device: opening and reading
    fail), slow (a frame a second), resize (another size, for those who open it then too), exception
    (what a driver may raise and no source should: ValueError when opening, cv2.error when reading).
    Raises SourceError for a plan that cannot be read, and in the middle of an error step.
    """
    plan_text, _, folder = text.removeprefix(PLAN).partition("@")
    try:
        plan = Plan.parse(plan_text)
    except ValueError as error:
        raise explain(f"{text}: {error}") from None
    size = (options.width, options.height)
    scenes = picture_scenes(folder, *size) if folder else drawn_scenes(*size)
    with _lock:
        started_s = _started_s.setdefault(text, time.monotonic())
    step = plan.at(time.monotonic() - started_s)
    if step is not None and step.kind == "error":
        raise SourceError(f"{text}: {_UNPLUGGED}")
    if step is not None and step.kind == "exception":
        raise ValueError(_ODD)
    return FaultySource(text, plan, started_s, scenes)


def plan_start_s(text: str) -> float | None:
    """When the plan ``text`` started, on the monotonic clock; None before its first opening."""
    return _started_s.get(text)


class FaultySource(Source):
    """Frames at 30 a second that stall, freeze, break and vanish when the plan says so."""

    live = True
    recovers = True

    def __init__(self, name: str, plan: Plan, started_s: float, scenes: tuple[Scene, ...]) -> None:
        """``scenes`` are shown in turn; ``started_s`` is the plan's start, monotonic."""
        self.name = name
        height, width = scenes[0][0].shape[:2]
        self.description = f"{width}x{height} at {_RATE:.0f} frames/s"
        self._plan = plan
        self._started_s = started_s
        self._scenes = scenes
        self._newest = scenes[0][0]
        self._number = 0
        self._due_s = time.monotonic()
        self._closed = False

    def read(self) -> CapturedFrame | None:
        """The frame that is due, None after the plan's end.

        Raises SourceError in error steps, and cv2.error in exception steps.
        """
        while not self._closed:
            step = self._plan.at(time.monotonic() - self._started_s)
            if step is None:
                return None
            if step.kind == "error":
                raise SourceError(f"{self.name}: {_UNPLUGGED}")
            if step.kind == "exception":
                raise cv2.error(_ODD)
            if step.kind == "stall":
                time.sleep(_STALL_CHECK_S)
                continue
            rate = _SLOW_RATE if step.kind == "slow" else _RATE
            if not self._wait_for_frame(rate, self._started_s + step.end_s):
                continue
            number, self._number = self._number, self._number + 1
            if step.kind == "corrupt":
                self.damaged += 1
                continue
            return CapturedFrame.taken_at(time.monotonic(), self._shown(step, number), number)
        return None

    def close(self) -> None:
        self._closed = True

    def _wait_for_frame(self, rate: float, until_s: float) -> bool:
        """Sleep until the next frame is due; False when the step ends before."""
        now_s = time.monotonic()
        # Within one frame of now: after a stall there is no rush, after a slow step no wait.
        due_s = min(max(self._due_s, now_s - 1 / rate), now_s + 1 / rate)
        time.sleep(max(0.0, min(due_s, until_s) - now_s))
        if due_s > until_s:
            return False
        self._due_s = due_s + 1 / rate
        return True

    def _shown(self, step: Step, number: int) -> Frame:
        if step.kind == "freeze":
            # Chosen by the plan, so that who opens it again sees the same picture; a copy, for
            # drivers too repeat the pixels in another place.
            return self._scenes[0][int(step.start_s * _RATE) % len(self._scenes[0])].copy()
        if step.kind == "black":
            return np.zeros_like(self._newest)
        scene = self._scenes[number // _SCENE_FRAMES % len(self._scenes)]
        self._newest = scene[number % len(scene)]
        if step.kind == "resize":
            height, width = self._newest.shape[:2]
            return to_pixels(self._newest, FrameToInput(max(1, width // 2), max(1, height // 2), 3))
        return self._newest
