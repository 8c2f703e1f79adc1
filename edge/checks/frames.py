"""A stream, a video or pictures: opened as the camera app opens them, for a first frame."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from edge.checks.check import Check, from_error
from edge.checks.within import within
from edge.errors import SourceError

if TYPE_CHECKING:  # at run time both would bring numpy and OpenCV
    from edge.sources import CapturedFrame, Source

T = TypeVar("T")

_OPEN_S = 8.0  # a stream says within 7 s why it does not open; its host's name may take longer
_CLOSE_S = 1.0
_PICTURES = 5  # looked at, of a folder that may hold thousands
_PICTURES_S = 2.0  # for those after the first


def check_frames(text: str) -> Check:
    """Open it and read a frame, as the camera app would; a source that is too slow is left open.

    Its thread may be in a decoder, which is not to be closed meanwhile.
    """
    from edge.sources import SourceOptions, open_source, source_name
    from edge.sources.naming import is_plan

    name, options = source_name(text), SourceOptions()
    unreadable: list[str] = []  # the app's line for each picture that it leaves out
    source: Source | None = None
    try:
        source = _tried(name, _OPEN_S, lambda: open_source(text, options, warn=unreadable.append))
        first = _tried(name, options.stall_s if source.recovers else _OPEN_S, source.read)
    except SourceError as error:
        if is_plan(text):
            fault, _, remedy = str(error).partition("; ")
            return Check("source", "fault", fault, remedy)
        return _without_frames(error, unreadable)
    except TimeoutError as error:
        if source is not None and source.recovers:
            remedy = "check that it is on and connected; the camera app waits for it"
            return Check("source", "warning", f"{name}: opens, and then {error}", remedy)
        fault = f"{error}; check that it is on and connected"
        if unreadable:
            fault = f"none of the first {len(unreadable)} pictures can be read; replace them"
        return _without_frames(SourceError(f"{name}: {fault}"), unreadable)
    try:
        if first is None:
            remedy = "name a source that gives frames"
            return Check("source", "warning", f"{name}: ends before its first frame", remedy)
        if first.path is not None and not os.path.isfile(text):
            return _check_pictures(name, text, source, first, unreadable)
    finally:
        with suppress(SourceError, TimeoutError):  # a driver may hang there, or raise, too
            _tried(name, _CLOSE_S, source.close)
    if is_plan(text):
        return Check("source", "ok", f"{name}: rehearses {_plan_text(text)}")
    kind = "a picture" if first.path else "a stream" if source.recovers else "a video"
    return Check("source", "ok", f"{name}: {kind} of {_size_text(first)}")


def _tried(name: str, timeout_s: float, work: Callable[[], T]) -> T:
    """What ``work`` returns; SourceError as in the app, TimeoutError when it takes longer."""
    from edge.capture.unexpected import Unexpected

    def guarded() -> T:
        try:
            return work()
        except SourceError:
            raise
        except Exception as error:  # decoders and drivers raise what they like
            raise Unexpected(name).fault(error) from error

    return within(timeout_s, guarded)


def _without_frames(error: SourceError, unreadable: list[str]) -> Check:
    check = from_error("source", "fault", error)
    if not unreadable:
        return check
    first = from_error("source", "fault", SourceError(unreadable[0]))
    return Check("source", "fault", f"{check.found}; the first is {first.found}", check.remedy)


def _check_pictures(
    name: str, text: str, source: Source, first: CapturedFrame, unreadable: list[str]
) -> Check:
    """The line of a folder or a pattern that has at least one picture, the ``first``."""
    readable = 1

    def look() -> None:
        nonlocal readable
        while readable + len(unreadable) < _PICTURES and source.read() is not None:
            readable += 1

    with suppress(TimeoutError):
        _tried(name, _PICTURES_S, look)
    found = f"{text}: {_count_text(text)}, the first of {_size_text(first)}"
    if not unreadable:
        return Check("source", "ok", found)
    told = from_error("source", "warning", SourceError(unreadable[0]))
    tried = readable + len(unreadable)
    found = f"{text}: {len(unreadable)} of the first {tried} pictures left out; {told.found}"
    return Check("source", "warning", found, told.remedy)


def _count_text(text: str) -> str:
    from edge.pictures import list_pictures

    if not os.path.isdir(text):
        return "pictures"
    count = len(list_pictures(Path(text)))
    return f"{count:,} picture{'' if count == 1 else 's'}"


def _size_text(frame: CapturedFrame) -> str:
    height, width = frame.raw.shape[:2]
    return f"{width}x{height} pixels"


def _plan_text(text: str) -> str:
    """What the plan of ``fault:PLAN`` does: "good 5 s, stall 8 s, then from the start"."""
    from edge.sources.naming import PLAN
    from edge.sources.plan import Plan

    plan = Plan.parse(text.removeprefix(PLAN).partition("@")[0])
    steps = ", ".join(f"{kind} {seconds:g} s" for kind, seconds in plan.steps)
    return f"{steps}, then {'from the start' if plan.repeats else 'the end'}"
