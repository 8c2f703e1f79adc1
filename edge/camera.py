"""Name what a camera, a stream, a video or a folder of pictures shows.

    python -m edge.camera --model model_int8.tflite
    python -m edge.camera --source rtsp://camera.local/stream --log labels.jsonl --events
    python -m edge.camera --source photos/ --sheet labels.png

On a terminal one line is refreshed in place; with --json, or into a pipe or a file, decisions,
events and health are JSON objects, one a line (docs/json-lines.md). A camera or stream that fails
is opened again until it is back. Ctrl-C ends it.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":  # the imports take a second on a Pi: a Ctrl-C then is no traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from edge.quick_start import start_quickly
    from edge.remedies import require_opencv

    start_quickly()
    require_opencv()  # most of them need it, and the first would end in a traceback without it

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial

from edge.arguments import build_parser
from edge.capture import Patience, Ready, ReconnectingCapture, SourceChange
from edge.classifier import Classifier, Inferred, Prepared
from edge.cli import leave, run_command
from edge.decide import LIVE_SMOOTHING, Decider, Event, card_policy
from edge.errors import EdgeError, OutputError
from edge.inference import Inference, Tell
from edge.memory import StartUp, share_one_heap
from edge.messages import print_message, print_warning, warn_once
from edge.monitor import Monitor
from edge.outputs import ByteStream, Decision, JsonLines, LogFile, Output, TerminalLine
from edge.outputs.descriptor import fill_standard_descriptors
from edge.outputs.records import source_record
from edge.outputs.together import Together
from edge.quick_start import start_is_over
from edge.roi import Roi
from edge.sources import CapturedFrame, Source, SourceOptions, open_source, source_name
from edge.sources.naming import is_live
from edge.stop import Stop, stop_on_signals
from edge.systemd import Watchdog
from edge.threads import leave_a_core_to_the_model

_TICK_S = 0.1  # how soon a signal is noticed while no frame comes

FrameInference = Inference[Prepared, Inferred]


def run(args: argparse.Namespace) -> None:
    """Classify frames until the source ends, a limit is reached or somebody stops it."""
    stop = Stop()
    fill_standard_descriptors()
    share_one_heap()
    with stop_on_signals(stop), closing(Watchdog()) as watchdog:
        classifier = _classifier(args)
        judge = _Judge(classifier, args)
        monitor = Monitor(args.health_every)
        start_is_over()
        with _summary(monitor), ExitStack() as opened:
            outputs = Together(
                [opened.enter_context(closing(out)) for out in _outputs(args, monitor, stop)]
            )
            # In the end, whatever the end is: what stands leaves, before the outputs close.
            opened.callback(lambda: outputs.note_events(judge.reset()))
            tell = partial(_tell, outputs, judge, watchdog)
            open_capture = partial(_capture, args, classifier, watchdog)
            inference = opened.enter_context(Inference(open_capture, classifier.infer, tell))
            monitor.watch(inference, outputs)
            start_up = StartUp()
            for ready in _frames(inference, stop, args.frames, args.duration):
                if ready is None:
                    outputs.idle()
                else:
                    decision = judge.decide(ready, inference.source)
                    monitor.count(decision, inference.source)
                    outputs.show(decision)
                    watchdog.alive()
                monitor.tick()
                start_up.tick()


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


class _Judge:
    """From a frame to its decision, by the rules that fit its source."""

    def __init__(self, classifier: Classifier, args: argparse.Namespace) -> None:
        """Raises UsageError for labels that the model has not."""
        self._classifier = classifier
        self._model_id = classifier.model_id
        rules = replace(
            card_policy(classifier.card), allow=args.allow, deny=args.deny, top_k=args.top_k
        )
        if args.unknown_below is not None:
            rules = replace(rules, threshold=args.unknown_below)
        labels = classifier.labels
        self._pictures = Decider(labels, replace(rules, alone=True))
        live = replace(rules, smoothing=args.smooth or LIVE_SMOOTHING)
        self._live = Decider(labels, live)
        # Seconds mean nothing where frames come as fast as they can be read.
        self._recording = Decider(labels, replace(rules, smoothing=args.smooth or "off"))
        self._decider = self._live

    def decide(self, ready: Ready[Inferred], source: Source | None) -> Decision:
        """Decide what a frame is called."""
        captured = ready.captured
        is_live = source is None or source.live
        classification = self._classifier.finish(ready.prepared, top_k=0)
        if captured.path is not None:
            self._decider = self._pictures
        else:
            self._decider = self._live if is_live else self._recording
        start_s = time.monotonic()
        verdict = self._decider.decide(classification.scores, captured.monotonic_s)
        decided_s = time.monotonic()
        stages = classification.stages.with_postprocess((decided_s - start_s) * 1000)
        age_ms = (decided_s - captured.monotonic_s) * 1000
        return Decision(captured, classification, verdict, stages, age_ms, self._model_id, is_live)

    def reset(self) -> Sequence[Event]:
        """Forget all frames: what stands leaves."""
        return self._decider.reset()


def _capture(
    args: argparse.Namespace,
    classifier: Classifier,
    watchdog: Watchdog,
    tell: Tell,
) -> ReconnectingCapture[Prepared]:
    options = SourceOptions(
        width=args.width,
        height=args.height,
        max_rate=args.max_rate,
        model_input=_model_input(classifier, args.roi),
        stall_s=args.stall,
        preview=args.show,
    )

    warn = warn_once()

    def open_in_thread() -> Source:
        leave_a_core_to_the_model(classifier.num_threads)
        return open_source(args.source, options, warn=warn)

    def prepare(captured: CapturedFrame) -> Prepared:
        return classifier.prepare(captured.raw, captured.order)

    return ReconnectingCapture(
        open_in_thread,
        prepare,
        name=source_name(args.source),
        patience=Patience(args.stall, args.frozen, args.dark),
        reconnect=args.reconnect,
        # systemd would start the whole app anew every second until the camera is there.
        waits_for_first=(args.wait or watchdog.is_watched) and is_live(args.source),
        tell=tell,
    )


def _model_input(classifier: Classifier, roi: Roi | None) -> tuple[int, int] | None:
    """The (width, height) that a whole frame needs so that the model sees all it can."""
    spec = classifier.input_spec
    if roi is None:
        return spec.width, spec.height
    if not roi.is_fraction:  # counted in pixels of the full frame
        return None
    return math.ceil(spec.width / roi.width), math.ceil(spec.height / roi.height)


def _tell(outputs: Together, judge: _Judge, watchdog: Watchdog, change: SourceChange) -> None:
    """A source failed, or is back: say so to people, programs and systemd."""
    if change.state == "fault":
        print_warning(change.message)
    else:
        print_message(change.message)
    watchdog.status(change.message)
    outputs.note(source_record(change))
    # What was seen before an outage says nothing about what is there after it.
    outputs.note_events(judge.reset())


def _outputs(args: argparse.Namespace, monitor: Monitor, stop: Stop) -> Iterator[Output]:
    """What the arguments ask for. Raises OutputError and UsageError for what cannot be had."""
    every = 0 if args.events else args.every
    if args.sheet is not None:
        from edge.outputs.sheet import Sheet

        yield Sheet(args.sheet, title=args.model.name)
    if args.save_frames is not None:
        from edge.outputs.saved_frames import SavedFrames

        yield SavedFrames(args.save_frames, stop, every_s=args.save_every, limit=args.save_limit)
    if args.log is not None:
        log = LogFile(args.log, max_mb=args.log_size, keep=args.log_keep)
        yield JsonLines(log, stop, every=every)
    if sys.stdout is None:
        if not (args.sheet or args.save_frames or args.log or args.show):
            raise OutputError("stdout: is closed; let it go to a terminal, a file or /dev/null")
        print_warning("stdout: is closed; what is seen goes to the other outputs alone")
    elif args.json or not sys.stdout.isatty():
        yield JsonLines(ByteStream(sys.stdout, "stdout"), stop, every=every)
    else:
        yield TerminalLine(sys.stdout, stop, monitor.statistics)
    if args.show:
        from edge.outputs.window import Window

        yield Window(stop)


def _frames(
    inference: FrameInference, stop: Stop, most: int | None, duration_s: float | None
) -> Iterator[Ready[Inferred] | None]:
    """The newest frame each time, until the end, ``stop``, ``most`` frames or ``duration_s``.

    None at least every tenth of a second while there is no frame.
    """
    until_s = math.inf if duration_s is None else time.monotonic() + duration_s
    count = 0
    while not stop.requested and count != most and (left_s := until_s - time.monotonic()) > 0:
        ready = inference.next(min(_TICK_S, left_s))
        count += ready is not None
        if ready is None and inference.ended:
            return
        yield ready


@contextmanager
def _summary(monitor: Monitor) -> Iterator[None]:
    """One line on stderr at the end; none after an error that came before the first frame."""
    try:
        yield
    except EdgeError:
        if monitor.statistics.frames:
            print_message(monitor.summary())
        raise
    print_message(monitor.summary())


def main(argv: Sequence[str] | None = None) -> int:
    """0 at the end of the source or when stopped, 1 on an error, 2 on wrong usage."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    leave(main())
