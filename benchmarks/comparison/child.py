"""One peer in a process of its own, which measure.py starts.

It runs in the peer's environment, so that it imports nothing but what every environment has. Three
JSON lines go to stdout: the first label as soon as it is there; the times of the frames, after
which it waits for a line on stdin, so that its memory can be read from outside; what it answered.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BufferedReader

    from benchmarks.comparison.contenders.contender import Contender
    from benchmarks.comparison.job import Job

# Long enough for clocks, caches, and for our own app to be past its start-up.
_WARMUP_S = 2.5
_WARMUP_FRAMES = 20
# A slow peer need not keep all others waiting: its percentiles are steady long before.
_MOST_S = 20.0
_LEAST_FRAMES = 50


class Request(TypedDict):
    """What is asked of a child."""

    peer: str
    job: str  # a file that Job.write wrote
    count: int  # frames to time
    threads: int | None  # of the inference; None: the peer's own
    core: int | None  # the only one to run on
    answers: bool  # tell them, too, in the end
    packages: list[str]  # whose versions to tell


def main(text: str) -> None:
    """Do what ``text`` asks for, a Request as JSON: to read options would take longer.

    An error keeps its traceback, the parent takes its end.
    """
    request: Request = json.loads(text)
    if request["core"] is not None:
        os.sched_setaffinity(0, {request["core"]})  # before any library counts the cores
    if request["peer"] in ("ours", "ours-tflite"):
        from edge.quick_start import start_quickly

        start_quickly()  # as the app does
    import numpy as np

    from benchmarks.comparison.job import HEIGHT, WIDTH, Job

    job = Job.read(request["job"])
    # One frame in memory, as a camera has it: each is read into it before its time starts.
    frame = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    with open(job.frames, "rb") as frames:
        frames.readinto(frame.data)
        contender = load(request["peer"], job, request["threads"])
        tell({"label": contender.classify(frame)[1]})
        tell(times(contender, job, frames, frame, request["count"]))
        sys.stdin.readline()
        asked = request["answers"]
        tell(
            {
                "threads": contender.num_threads,
                "answers": answers(contender, job, frames, frame) if asked else None,
                "input_answers": input_answers(contender, job) if asked else None,
                "versions": versions(request["packages"]),
            }
        )
    # After an error inside its graph, MediaPipe waits for ever when it is taken down.
    os._exit(0)


def load(peer: str, job: Job, threads: int | None) -> Contender:
    """The peer of that name, its libraries imported and its model loaded."""
    if peer in ("ours", "ours-tflite"):
        from benchmarks.comparison.contenders.ours import Ours

        return Ours(job, threads, "litert" if peer == "ours" else "tflite-runtime")
    if peer == "bare":
        from benchmarks.comparison.contenders.bare import Bare

        return Bare(job, threads)
    if peer == "mediapipe":
        from benchmarks.comparison.contenders.mediapipe_tasks import MediaPipe

        return MediaPipe(job)
    if peer == "openvino":
        from benchmarks.comparison.contenders.openvino_cpu import OpenVino

        return OpenVino(job, threads)
    if peer == "onnxruntime":
        from benchmarks.comparison.contenders.onnx_runtime import OnnxRuntime

        return OnnxRuntime(job, threads)
    raise ValueError(f"no peer {peer!r}")


def times(
    contender: Contender, job: Job, frames: BufferedReader, frame: Any, count: int
) -> dict[str, Any]:
    """Of ``count`` frames after the warm-up, round and round; of fewer where that takes long."""
    frame_ms: list[float] = []
    invoke_ms: list[float] = []
    began_s = time.perf_counter()
    number = 0
    while number < _WARMUP_FRAMES or time.perf_counter() - began_s < _WARMUP_S:
        read_frame(frames, job, number, frame)
        contender.classify(frame)
        number += 1
    began_s = time.perf_counter()
    while len(frame_ms) < count:
        read_frame(frames, job, number, frame)
        start = time.perf_counter_ns()
        contender.classify(frame)
        frame_ms.append((time.perf_counter_ns() - start) / 1e6)
        if contender.invoke_ms is not None:
            invoke_ms.append(contender.invoke_ms)
        number += 1
        if len(frame_ms) >= _LEAST_FRAMES and time.perf_counter() - began_s > _MOST_S:
            break
    return {
        "frames": len(frame_ms),
        "frame_ms": percentiles(frame_ms),
        "invoke_ms": percentiles(invoke_ms),
    }


def read_frame(frames: BufferedReader, job: Job, number: int, frame: Any) -> None:
    """Fill ``frame`` with the one of that number; after the last comes the first."""
    frames.seek(number % job.n * frame.nbytes)
    frames.readinto(frame.data)


def answers(contender: Contender, job: Job, frames: BufferedReader, frame: Any) -> list[int]:
    """The best class of each frame."""
    best = []
    for number in range(job.n):
        read_frame(frames, job, number, frame)
        best.append(contender.classify(frame)[0])
    return best


def input_answers(contender: Contender, job: Job) -> list[int]:
    """What it says where no resize is left to do: the pixels that our resize makes of a frame."""
    import numpy as np

    shape = (job.n, job.input_height, job.input_width, job.input_channels)
    pictures = np.fromfile(job.inputs, np.uint8).reshape(shape)
    return [contender.classify(picture)[0] for picture in pictures]


def percentiles(times_ms: list[float]) -> dict[str, float] | None:
    """p50 and p99 in milliseconds; None for no times."""
    import numpy as np

    if not times_ms:
        return None
    p50, p99 = np.percentile(times_ms, (50, 99))
    return {"p50": round(float(p50), 4), "p99": round(float(p99), 4)}


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Of the installed packages."""
    from importlib import metadata

    return {name: metadata.version(name) for name in packages}


def tell(fields: dict[str, Any]) -> None:
    """One JSON line, out at once."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()
