"""One measurement in a fresh process: latency.py starts it and reads its JSON lines.

python -m benchmarks.timing.worker MODEL FRAMES --runtime R --threads N --count N --spawned S
python -m benchmarks.timing.worker MODEL FRAMES --runtime R --threads N --spawned S --minutes 10
"""

from __future__ import annotations

if __name__ == "__main__":  # as the app starts
    from edge.quick_start import start_quickly

    start_quickly()

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.timing.cold import ColdStart
from benchmarks.timing.labelling import FrameMemory, Labelling
from benchmarks.timing.paced import frame_age
from benchmarks.timing.sustained import windows
from edge.board import rss_mb
from edge.classifier import Classifier, Stages
from edge.cli import run_command
from edge.errors import SourceError
from edge.pictures import list_pictures, read_picture
from edge.preprocess import Frame, FrameToInput, to_pixels
from edge.quick_start import start_is_over
from edge.stats import Percentiles

_WARMUP_FRAMES = 20
_WARMUP_S = 0.5  # clocks rise and caches fill within it


def run(args: argparse.Namespace) -> None:
    """Load, classify, time; the figures on stdout, a JSON object a line."""
    reading = time.monotonic()
    frames = [
        np.ascontiguousarray(frame[..., ::-1])  # as cameras give them: BGR
        for frame in load_frames(args.frames, args.width, args.height)
    ]
    loading = time.monotonic()
    classifier = Classifier(args.model, num_threads=args.threads, runtime=args.runtime)
    _ = classifier.model_id  # every decision of the app carries it
    start_is_over()
    loaded = time.monotonic()
    labelling, memory = Labelling(classifier), FrameMemory(frames)
    labelling.label(memory.next())
    first_label = time.monotonic()
    cold = ColdStart(reading - args.spawned, loaded - loading, first_label - loaded)
    warmup = _warm_up(labelling, memory)
    if args.minutes:
        for window in windows(lambda: labelling.label(memory.next())[1], args.minutes, args.window):
            print(json.dumps(window.to_json()), flush=True)
        return
    timed = [labelling.label(memory.next()) for _ in range(args.count)]
    result = {
        "runtime": classifier.runtime_name,
        "threads": args.threads,
        "frames": args.count,
        "cold_start": cold.to_json(),
        "warmup": {"frames": len(warmup), "p50_ms": round(Percentiles.of(warmup).p50_ms, 4)},
        "stages": stage_times(timed),
        "own": own_cost([stages for stages, _ in timed]),
        "throughput_fps": round(1000 * args.count / sum(total_ms for _, total_ms in timed), 2),
        "frame_age": frame_age(classifier, labelling, frames, args.fps, args.count),
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


def _warm_up(labelling: Labelling, memory: FrameMemory) -> list[float]:
    """Times in milliseconds of the first frames, until the clock and the caches are steady."""
    times_ms: list[float] = []
    end = time.monotonic() + _WARMUP_S
    while len(times_ms) < _WARMUP_FRAMES or time.monotonic() < end:
        times_ms.append(labelling.label(memory.next())[1])
    return times_ms


def stage_times(timed: Sequence[tuple[Stages, float]]) -> dict[str, Any]:
    """Percentiles in milliseconds of each stage, and of the whole from frame to label."""
    series = {
        "preprocess": [stages.preprocess_ms for stages, _ in timed],
        "invoke": [stages.invoke_ms for stages, _ in timed],
        "postprocess": [stages.postprocess_ms for stages, _ in timed],
        "frame_to_label": [total_ms for _, total_ms in timed],
    }
    return {
        name: {key: round(value, 4) for key, value in asdict(Percentiles.of(times)).items()}
        for name, times in series.items()
    }


def own_cost(timed: Sequence[Stages]) -> dict[str, float]:
    """What is not the interpreter's: median in milliseconds, and as a fraction of its median."""
    own_ms = median(stages.preprocess_ms + stages.postprocess_ms for stages in timed)
    of_invoke = own_ms / median(stages.invoke_ms for stages in timed)
    return {"p50_ms": round(own_ms, 4), "of_invoke": round(of_invoke, 5)}


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
