"""Name what a camera, a stream, a video or a folder of pictures shows.

    python -m edge.camera --model model_int8.tflite
    python -m edge.camera --source http://camera.local:8080/video --json
    python -m edge.camera --source photos/ --sheet labels.png

On a terminal one line is refreshed in place; with --json, or into a pipe or a file, each frame is
one JSON object a line (docs/json-lines.md). Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from edge.capture import Capture
from edge.classifier import Classifier, InputRange
from edge.cli import run_command
from edge.errors import EdgeError, OutputError
from edge.health import FrameStatistics
from edge.outputs import Decision, JsonLines, Output, TerminalLine, print_message, print_warning
from edge.preprocess import Roi
from edge.runtime import RuntimeName
from edge.sheet import Sheet
from edge.sources import CapturedFrame, SourceOptions, open_source, source_name
from edge.stop import Stop, stop_on_signals
from edge.window import Window

_STOP_CHECK_S = 0.1  # how soon a signal is noticed while no frame comes


def run(args: argparse.Namespace) -> None:
    """Classify frames until the source ends, a limit is reached or somebody stops it."""
    stop = Stop()
    with stop_on_signals(stop):
        classifier = _classifier(args)
        statistics = FrameStatistics()
        with _summary(statistics), ExitStack() as opened:
            outputs = [
                opened.enter_context(closing(output)) for output in _outputs(args, statistics, stop)
            ]
            capture = opened.enter_context(_capture(args))
            for captured in _frames(capture, stop, args.frames, args.duration):
                decision = _decide(classifier, captured, args.top_k)
                statistics.count(decision.frame_age_ms, capture.dropped)
                for output in outputs:
                    output.show(decision)


def _classifier(args: argparse.Namespace) -> Classifier:
    classifier = Classifier(
        args.model,
        labels_path=args.labels,
        num_threads=args.threads,
        runtime=args.runtime,
        roi=args.roi,
        input_range=args.input_range,
    )
    for notice in classifier.notices:
        print_warning(notice)
    return classifier


def _capture(args: argparse.Namespace) -> Capture:
    options = SourceOptions(args.width, args.height)
    opener = partial(open_source, args.source, options, warn=print_warning)
    return Capture(opener, name=source_name(args.source))


def _outputs(args: argparse.Namespace, statistics: FrameStatistics, stop: Stop) -> Iterator[Output]:
    """What the arguments ask for. Raises OutputError and UsageError for what cannot be had."""
    if args.sheet is not None:
        yield Sheet(args.sheet, title=args.model.name)
    if sys.stdout is None:
        raise OutputError("stdout: is closed; let it go to a terminal, a file or /dev/null")
    if args.json or not sys.stdout.isatty():
        yield JsonLines(sys.stdout, stop)
    else:
        yield TerminalLine(sys.stdout, stop, statistics)
    if args.show:
        yield Window(stop)


def _frames(
    capture: Capture, stop: Stop, most: int | None, duration_s: float | None
) -> Iterator[CapturedFrame]:
    """The newest frame each time, until the end, ``stop``, ``most`` frames or ``duration_s``."""
    until_s = math.inf if duration_s is None else time.monotonic() + duration_s
    count = 0
    while not stop.requested and count != most and (left_s := until_s - time.monotonic()) > 0:
        captured = capture.next(min(_STOP_CHECK_S, left_s))
        if captured is not None:
            count += 1
            yield captured
        elif capture.ended:
            return


def _decide(classifier: Classifier, captured: CapturedFrame, top_k: int) -> Decision:
    classification = classifier.classify(captured.pixels, top_k=top_k)
    frame_age_ms = (time.monotonic() - captured.monotonic_s) * 1000
    return Decision(captured, classification, frame_age_ms, classifier.model_id)


@contextmanager
def _summary(statistics: FrameStatistics) -> Iterator[None]:
    """One line on stderr at the end; none after an error that came before the first frame."""
    try:
        yield
    except EdgeError:
        if statistics.frames:
            print_message(statistics.summary())
        raise
    print_message(statistics.summary())


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m edge.camera",
        description="Name what a camera, a stream, a video or a folder of pictures shows.",
    )
    add = parser.add_argument
    add(
        "--model",
        type=Path,
        default=Path("model_int8.tflite"),
        metavar="FILE",
        help="the .tflite file (default: %(default)s)",
    )
    add(
        "--source",
        default="0",
        help="camera index or device, stream URL (http, https, rtsp), video file, picture, or "
        "folder of pictures (default: %(default)s)",
    )
    _add_frame_options(parser.add_argument_group("frames"))
    _add_output_options(parser.add_argument_group("output"))
    _add_model_options(parser.add_argument_group("model"))
    return parser


def _add_frame_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    size = "asked of a camera (default: %(default)s)"
    add("--width", type=_whole, default=640, metavar="PIXELS", help=size)
    add("--height", type=_whole, default=480, metavar="PIXELS", help=size)
    add(
        "--roi",
        type=_roi,
        metavar="X,Y,WIDTH,HEIGHT",
        help="look at this part only: fractions of the frame, or pixels",
    )
    add("--frames", type=_whole, metavar="N", help="end after N frames")
    add("--duration", type=_seconds, metavar="SECONDS", help="end after this time")


def _add_output_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--json", action="store_true", help="JSON Lines, on a terminal too")
    top_k = "labels in each JSON line (default: %(default)s)"
    add("--top-k", type=_whole, default=3, metavar="K", help=top_k)
    add("--show", action="store_true", help="open a window; q or Escape ends")
    add("--sheet", type=Path, metavar="FILE", help="write a contact sheet (.png, .jpg) at the end")


def _add_model_options(group: argparse._ArgumentGroup) -> None:
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


def _checked(convert: Callable[[str], float], text: str, wanted: str) -> float:
    try:
        value = convert(text)
    except ValueError:
        value = math.nan
    if not (0 < value < math.inf):
        raise argparse.ArgumentTypeError(f"{text!r} is no {wanted}")
    return value


def _whole(text: str) -> int:
    return int(_checked(int, text, "whole number above 0"))


def _seconds(text: str) -> float:
    return _checked(float, text, "number of seconds above 0")


def _threads(text: str) -> int | Literal["auto"]:
    return "auto" if text == "auto" else _whole(text)


def _roi(text: str) -> Roi:
    try:
        return Roi.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main(argv: Sequence[str] | None = None) -> int:
    """0 at the end of the source or when stopped, 1 on an error, 2 on wrong usage."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
