"""The command line of python -m edge.camera."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from edge.decide import LIVE_SMOOTHING, Smoothing, parse_smoothing
from edge.normalization import InputRange
from edge.roi import Roi
from edge.runtime import RuntimeName

_Group = argparse._ArgumentGroup


def build_parser() -> argparse.ArgumentParser:
    """All options, in the groups that --help shows."""
    parser = argparse.ArgumentParser(
        prog="python -m edge.camera",
        description="Name what a camera, a stream, a video or a folder of pictures shows.",
    )
    add = parser.add_argument
    model = "the .tflite file (default: %(default)s)"
    add("--model", type=Path, default=Path("model_int8.tflite"), metavar="FILE", help=model)
    add(
        "--source",
        default="0",
        help="camera index or device, picamera, stream URL (http, https, rtsp), video file, "
        "picture, folder or pattern of pictures, or fault:PLAN to rehearse faults "
        "(default: %(default)s)",
    )
    _add_frame_options(parser.add_argument_group("frames"))
    _add_fault_options(parser.add_argument_group("faults of the source"))
    _add_decision_options(parser.add_argument_group("decisions"))
    _add_output_options(parser.add_argument_group("output"))
    _add_model_options(parser.add_argument_group("model"))
    return parser


def _add_frame_options(group: _Group) -> None:
    add = group.add_argument
    size = "asked of a camera (default: %(default)s)"
    add("--width", type=_whole, default=640, metavar="PIXELS", help=size)
    add("--height", type=_whole, default=480, metavar="PIXELS", help=size)
    roi = "look at this part only: fractions of the frame, or pixels"
    add("--roi", type=_parsed(Roi.parse), metavar="X,Y,WIDTH,HEIGHT", help=roi)
    max_rate = "play a recording as fast as it can be classified, each frame once"
    add("--max-rate", action="store_true", help=max_rate)
    add("--frames", type=_whole, metavar="N", help="end after N frames")
    add("--duration", type=_seconds, metavar="SECONDS", help="end after this time")


def _add_fault_options(group: _Group) -> None:
    add = group.add_argument
    which = group.add_mutually_exclusive_group()
    wait = "wait for a camera or stream that is not there yet, as after a power cut"
    which.add_argument("--wait", action="store_true", help=wait)
    again = "end with exit code 1 instead of opening the source again"
    which.add_argument("--no-reconnect", dest="reconnect", action="store_false", help=again)
    stall = "without a frame for so long it is stalled (default: %(default)g)"
    add("--stall", type=_seconds, default=5.0, metavar="SECONDS", help=stall)
    frozen = "with the same frame for so long it is frozen; 0: never (default: %(default)g)"
    add("--frozen", type=_limit, default=10.0, metavar="SECONDS", help=frozen)
    dark = "with black frames for so long it is dark; 0: never (default: %(default)g)"
    add("--dark", type=_limit, default=10.0, metavar="SECONDS", help=dark)


def _add_decision_options(group: _Group) -> None:
    add = group.add_argument
    smooth = (
        "mean over a time constant in seconds (0.5), vote of the last frames (majority:5), or off "
        f"(default: {LIVE_SMOOTHING.time_constant_s:g} for cameras, streams and videos, "
        "off otherwise)"
    )
    add("--smooth", type=_parsed(parse_smoothing), metavar="HOW", help=smooth)
    unknown = "scores below it are unknown (default: the model card's threshold)"
    add("--unknown-below", type=_share, metavar="P", help=unknown)
    add("--allow", type=_names, metavar="A,B", help="the only labels that may be decided")
    add("--deny", type=_names, default=(), metavar="A,B", help="labels that may not be decided")


def _add_output_options(group: _Group) -> None:
    add = group.add_argument
    add("--json", action="store_true", help="JSON Lines, on a terminal too")
    log = "write JSON Lines into a file, too, which rotates by size"
    add("--log", type=Path, metavar="FILE", help=log)
    log_size = "size of the file in megabytes (default: %(default)g)"
    add("--log-size", type=_seconds, default=10.0, metavar="MB", help=log_size)
    log_keep = "old files FILE.1 to FILE.N that are kept (default: %(default)s)"
    add("--log-keep", type=_count, default=5, metavar="N", help=log_keep)
    which = group.add_mutually_exclusive_group()
    every = "one decision of N in JSON Lines (default: %(default)s)"
    which.add_argument("--every", type=_whole, default=1, metavar="N", help=every)
    events = "no decisions in JSON Lines: events, health and the source's faults alone"
    which.add_argument("--events", action="store_true", help=events)
    health = "seconds between two health reports in JSON Lines (default: %(default)g)"
    add("--health-every", type=_seconds, default=60.0, metavar="SECONDS", help=health)
    top_k = "labels in each decision (default: %(default)s)"
    add("--top-k", type=_whole, default=3, metavar="K", help=top_k)
    add("--show", action="store_true", help="open a window; q or Escape ends")
    add("--sheet", type=Path, metavar="FILE", help="write a contact sheet (.png, .jpg) at the end")
    save = "save frames as PNG files, to calibrate a conversion with them"
    add("--save-frames", type=Path, metavar="DIR", help=save)
    save_every = "seconds between two saved frames; 0: every frame (default: %(default)g)"
    add("--save-every", type=_interval, default=1.0, metavar="SECONDS", help=save_every)
    save_limit = "most frames that the folder may hold (default: %(default)s)"
    add("--save-limit", type=_whole, default=1000, metavar="N", help=save_limit)


def _add_model_options(group: _Group) -> None:
    add = group.add_argument
    threads = "a number, or auto: the fastest (default: %(default)s)"
    add("--threads", type=_threads, default="auto", metavar="N", help=threads)
    runtimes = ("auto", *get_args(RuntimeName))
    runtime = "interpreter (default: %(default)s, LiteRT where it is installed)"
    add("--runtime", choices=runtimes, default="auto", help=runtime)
    labels = "one label a line, instead of those in the model file"
    add("--labels", type=Path, metavar="FILE", help=labels)
    input_range = "what pixels 0 to 255 become for a float model that does not say so itself"
    add("--input-range", choices=get_args(InputRange), help=input_range)


def _checked(convert: Callable[[str], float], text: str, least: float, wanted: str) -> float:
    try:
        value = convert(text)
    except ValueError:
        value = math.nan
    if not (least <= value < math.inf):
        raise argparse.ArgumentTypeError(f"{text!r} is no {wanted}")
    return value


def _whole(text: str) -> int:
    return int(_checked(int, text, 1, "whole number above 0"))


def _count(text: str) -> int:
    return int(_checked(int, text, 0, "whole number of 0 or more"))


def _seconds(text: str) -> float:
    return _checked(float, text, math.ulp(0.0), "number above 0")


def _interval(text: str) -> float:
    return _checked(float, text, 0, "number of seconds of 0 or more")


def _limit(text: str) -> float:
    return _checked(float, text, 0, "number of seconds, or 0 for never") or math.inf


def _share(text: str) -> float:
    share = _checked(float, text, 0, "probability from 0 to 1")
    if share > 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no probability from 0 to 1")
    return share


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError(f"{text!r} names no label; give A,B,C")
    return names


def _threads(text: str) -> int | Literal["auto"]:
    return "auto" if text == "auto" else _whole(text)


def _parsed(parse: Callable[[str], Roi | Smoothing]) -> Callable[[str], Roi | Smoothing]:
    """``parse`` with its ValueError as argparse wants it."""

    def convert(text: str) -> Roi | Smoothing:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert
