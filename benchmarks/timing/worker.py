"""One measurement in a fresh process: latency.py starts it and reads its JSON lines.

python -m benchmarks.timing.worker MODEL FRAMES --runtime R --threads N --count N --spawned S
python -m benchmarks.timing.worker MODEL FRAMES --runtime R --threads N --spawned S --minutes 10
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.timing.cold import ColdStart
from benchmarks.timing.paced import frame_age
from benchmarks.timing.sustained import windows
from edge.board import rss_mb
from edge.classifier import Classification, Classifier
from edge.cli import run_command
from edge.errors import SourceError
from edge.pictures import list_pictures, read_picture
from edge.preprocess import Frame, FrameToInput, to_pixels
from edge.stats import Percentiles

_WARMUP_FRAMES = 20
_WARMUP_S = 0.5  # clocks rise and caches fill within it


def run(args: argparse.Namespace) -> None:
    """Load, classify, time; the figures on stdout, a JSON object a line."""
    reading = time.monotonic()
    frames = load_frames(args.frames, args.width, args.height)
    loading = time.monotonic()
    classifier = Classifier(args.model, num_threads=args.threads, runtime=args.runtime)
    loaded = time.monotonic()
    classifier.classify(frames[0])
    first_label = time.monotonic()
    cold = ColdStart(reading - args.spawned, loaded - loading, first_label - loaded)
    endless = itertools.cycle(frames)
    warmup = _warm_up(classifier, endless)
    if args.minutes:
        of_one = partial(_classify_next, classifier, endless)
        for window in windows(of_one, args.minutes, args.window):
            print(json.dumps(window.to_json()), flush=True)
        return
    start = time.perf_counter_ns()
    timed = [_classify(classifier, next(endless)) for _ in range(args.count)]
    seconds = (time.perf_counter_ns() - start) / 1e9
    result = {
        "runtime": classifier.runtime_name,
        "threads": args.threads,
        "frames": args.count,
        "cold_start": cold.to_json(),
        "warmup": {"frames": len(warmup), "p50_ms": round(Percentiles.of(warmup).p50_ms, 4)},
        "stages": _stages(timed),
        "throughput_fps": round(args.count / seconds, 2),
        "frame_age": frame_age(classifier, frames, args.fps, args.count),
        "rss_mb": rss_mb(),
    }
    print(json.dumps(result))


def load_frames(folder: Path, width: int, height: int) -> list[Frame]:
    """The pictures of ``folder`` as camera frames (height, width, 3); SourceError without any."""
    spec = FrameToInput(width=width, height=height, channels=3)
    paths = list_pictures(folder)
    if not paths:
        raise SourceError(f"{folder}: no pictures in it; name a folder with --source")
    return [to_pixels(read_picture(path), spec) for path in paths]


def _warm_up(classifier: Classifier, frames: Iterable[Frame]) -> list[float]:
    """Times in milliseconds of the first frames, until the clock and the caches are steady."""
    times_ms: list[float] = []
    end = time.monotonic() + _WARMUP_S
    for frame in frames:
        times_ms.append(_classify(classifier, frame)[1])
        if len(times_ms) >= _WARMUP_FRAMES and time.monotonic() >= end:
            break
    return times_ms


def _classify_next(classifier: Classifier, frames: Iterator[Frame]) -> float:
    return _classify(classifier, next(frames))[1]


def _classify(classifier: Classifier, frame: Frame) -> tuple[Classification, float]:
    """The answer, and the milliseconds from frame to label."""
    start = time.perf_counter_ns()
    answer = classifier.classify(frame)
    return answer, (time.perf_counter_ns() - start) / 1e6


def _stages(timed: Sequence[tuple[Classification, float]]) -> dict[str, Any]:
    series = {
        "preprocess": [answer.stages.preprocess_ms for answer, _ in timed],
        "invoke": [answer.stages.invoke_ms for answer, _ in timed],
        "postprocess": [answer.stages.postprocess_ms for answer, _ in timed],
        "frame_to_label": [total for _, total in timed],
    }
    return {
        name: {key: round(value, 4) for key, value in asdict(Percentiles.of(times)).items()}
        for name, times in series.items()
    }


def build_parser() -> argparse.ArgumentParser:
    """The worker's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timing.worker", description=__doc__)
    add = parser.add_argument
    add("model", type=Path)
    add("frames", type=Path, help="folder of pictures")
    add("--spawned", type=float, required=True, help="time.monotonic() of the parent, in seconds")
    add("--runtime", default="auto")
    add("--threads", type=int, default=1)
    add("--count", type=int, default=500, help="frames to time")
    add("--fps", type=float, default=30.0, help="of the camera that frame ages are measured with")
    add("--width", type=int, default=640)
    add("--height", type=int, default=480)
    add("--minutes", type=float, default=0.0, help="full rate for so long, instead")
    add("--window", type=float, default=10.0, help="seconds of full rate between two reports")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement; returns its exit code."""
    return run_command(run, build_parser().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
