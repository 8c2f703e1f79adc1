"""Say what this machine has and lacks for the camera app, and what mends it.

    python -m edge.doctor
    python -m edge.doctor --model model_int8.tflite --source 0
    python -m edge.doctor --json

Exit code 0 when python -m edge.camera would run here, warnings or not; 3 when a fault prevents it.
Without --source that is the app without --source: it needs its first camera. docs/doctor.md
explains the lines.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

# Nothing here may import numpy or OpenCV at once: the page tells when they cannot be imported.
from edge.checks.cameras import check_cameras
from edge.checks.check import Check, State
from edge.checks.machine import check_board, check_clock, check_room
from edge.checks.model import check_model
from edge.checks.opencv import check_opencv
from edge.checks.picamera import check_picamera
from edge.checks.software import check_numpy, check_python, check_runtimes
from edge.checks.source import check_source, default_source, picamera_number
from edge.cli import NOT_PASSED, leave, run_command

_COLOURS: dict[State, str] = {"ok": "32", "info": "2", "warning": "33", "fault": "31;1"}
_STATE_WIDTH, _NAME_WIDTH = 9, 23
_LEAST_WIDTH = 60


def run(model: Path, source: str | None) -> list[Check]:
    """Every line of the page, in its order; ``source`` None is the camera app's own default."""
    checks = _safely("Python", check_python)
    checks += _safely("numpy", check_numpy) + _safely("OpenCV", check_opencv)
    # All that imports edge.classifier or edge.sources needs these three.
    is_sound = _would_run(checks)
    if is_sound:
        checks += _safely("runtime", check_runtimes)
        checks += _safely("model", lambda: check_model(model))
    judged = default_source() if is_sound and source is None else source
    checks += _cameras(judged)
    if is_sound and judged is not None:
        checks += _safely("source", lambda: check_source(judged))
    checks += _safely("board", check_board)
    checks += _safely("disk", lambda: check_room(Path.cwd()))
    checks += _safely("clock", lambda: [check_clock()])
    return checks


def _cameras(source: str | None) -> list[Check]:
    wanted = None if source is None else picamera_number(source)
    checks = _safely("cameras", check_cameras)
    checks += _safely("picamera2", lambda: check_picamera(wanted))
    if any(check.state != "info" for check in checks):
        return checks  # a camera is here, or something is that may become one
    if source is None:
        remedy = "plug one in, or give --source a stream URL, a video or a folder of pictures"
        checks.append(Check("cameras", "warning", "none found", remedy))
    else:
        checks.append(Check("cameras", "info", "none found"))
    return checks


def _safely(name: str, check: Callable[[], list[Check]]) -> list[Check]:
    """A machine can refuse anything; the other lines shall still come."""
    try:
        return check()
    except OSError as error:
        return [Check(name, "warning", f"cannot be looked at ({error})", "check it by hand")]


def _would_run(checks: Sequence[Check]) -> bool:
    return all(check.state != "fault" for check in checks)


def page(
    checks: Sequence[Check],
    *,
    is_source_given: bool = True,
    width: int | None = None,
    colour: bool = False,
) -> str:
    """The checks as text: state, name, what was found; remedies on lines of their own.

    ``is_source_given`` is False where the source that was looked at is the app's default. ``width``
    in characters, at which lines are broken; None leaves each in one piece. Remedies always stay in
    one piece, so that commands can be copied.
    """
    lines = [line for check in checks for line in _lines(check, width, colour)]
    return "\n".join([*lines, "", _verdict(checks, is_source_given)])


def _lines(check: Check, width: int | None, colour: bool) -> list[str]:
    state = f"{check.state:<{_STATE_WIDTH}}"
    if colour:
        state = f"\x1b[{_COLOURS[check.state]}m{state}\x1b[0m"
    indent = " " * (_STATE_WIDTH + _NAME_WIDTH)
    found, *rest = _broken(check.found, width)
    lines = [f"{state}{check.name:<{_NAME_WIDTH - 1}} {found}", *(indent + line for line in rest)]
    if check.remedy:
        lines.append(f"{indent}-> {check.remedy}")
    return lines


def _broken(text: str, width: int | None) -> list[str]:
    """``text`` in lines that fit beside the first two columns; commands and paths stay whole."""
    if width is None:
        return [text]
    room = max(width, _LEAST_WIDTH) - _STATE_WIDTH - _NAME_WIDTH
    wrapped = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return wrapped or [""]


def _verdict(checks: Sequence[Check], is_source_given: bool) -> str:
    faults = [check.name for check in checks if check.state == "fault"]
    warnings = sum(check.state == "warning" for check in checks)
    counted = [_count(len(faults), "fault")] * bool(faults) + [_count(warnings, "warning")]
    would = "would not run" if faults else "would run"
    if is_source_given or set(faults) != {"source"}:
        return f"The camera app {would} here: {', '.join(counted)}."
    # Only a sound numpy and OpenCV let a source be judged, so that its default can be asked for.
    default = f"with its default, --source {default_source()}"
    return (
        f"The camera app {would} here {default}: {', '.join(counted)}.\n"
        "Nothing else is in its way: with another --source it may run."
    )


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _print(checks: Sequence[Check], stream: TextIO, *, is_source_given: bool = True) -> None:
    """On a terminal in its width and in colour, unless the user wants none (no-color.org)."""
    if stream.isatty():
        width = shutil.get_terminal_size().columns
        colour = not os.environ.get("NO_COLOR")
    else:
        width, colour = None, False
    text = page(checks, is_source_given=is_source_given, width=width, colour=colour)
    print(text, file=stream)


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m edge.doctor."""
    parser = argparse.ArgumentParser(
        prog="python -m edge.doctor",
        description="Say what this machine has and lacks for the camera app, and what mends it.",
    )
    add = parser.add_argument
    model = "the .tflite file (default: %(default)s)"
    add("--model", type=Path, default=Path("model_int8.tflite"), metavar="FILE", help=model)
    add(
        "--source", help="what the camera app shall look at (default: as the app, its first camera)"
    )
    add("--json", action="store_true", help="one JSON object instead of the page")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the camera app would run, 3 when not, 2 on wrong usage."""
    return run_command(_show, build_parser().parse_args(argv))


def _show(args: argparse.Namespace) -> int:
    checks = run(args.model, args.source)
    would_run = _would_run(checks)
    if args.json:
        lines = [asdict(check) | {"remedy": check.remedy or None} for check in checks]
        print(json.dumps({"checks": lines, "would_run": would_run}, ensure_ascii=False))
    else:
        _print(checks, sys.stdout, is_source_given=args.source is not None)
    return 0 if would_run else NOT_PASSED


if __name__ == "__main__":
    leave(main())
