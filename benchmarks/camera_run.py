"""One run of the camera app on a video, and what its own records say of it."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.child import Task
from benchmarks.child import run as run_child
from edge.errors import EdgeError, SourceError
from edge.preprocess import Frame

WIDTH, HEIGHT, FPS = 640, 480, 30  # of the video that draw_video makes
_LIMIT_S = 300
_WARMUP_S = 0.5


def draw_video(path: Path, stills: Sequence[Frame], frames: int) -> Path:
    """``frames`` of a slow pan over RGB ``stills`` of 640x480, as an MPEG-4 video at ``path``."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise EdgeError(f"{path}: this OpenCV writes no MPEG-4; name a video with --video")
    for number in range(frames):
        still = stills[number // FPS % len(stills)]
        moved = np.roll(still, 2 * (number % FPS), axis=1)
        writer.write(cv2.cvtColor(moved, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def camera_run(
    model: Path, runtime: str, threads: int, video: Path, folder: Path, *options: str
) -> dict[str, float]:
    """Run ``python -m edge.camera`` on ``video``, its records into ``folder``; its figures.

    Raises EdgeError with the app's own last word, SourceError for a video too short to tell.
    """
    command = [sys.executable, "-m", "edge.camera", "--model", str(model.resolve())]
    command += ["--source", str(video.resolve()), "--threads", str(threads)]
    command += ["--runtime", runtime, "--health-every", "0.5", *options]
    path = folder / "records.jsonl"
    task = Task(f"{model}: edge.camera", _LIMIT_S, "give fewer --seconds or --frames")
    started_s = time.time()
    with path.open("wb") as stream:
        run_child(command, task, stdout=stream)
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    return figures(records, started_s, video)


def figures(records: Sequence[dict[str, Any]], started_s: float, video: Path) -> dict[str, float]:
    """What the app's records say, without its first half second.

    ``started_s`` is time.time() of its start. Raises SourceError where too little was classified.
    """
    labelled_s, ages_ms, stages_ms, own_ms, invoke_ms = [], [], [], [], []
    for record in (record for record in records if record["type"] == "decision"):
        captured_s = datetime.fromisoformat(record["time"]).timestamp()
        labelled_s.append(captured_s + record["frame_age_ms"] / 1000)
        ages_ms.append(record["frame_age_ms"])
        stages_ms.append(sum(record["stages_ms"].values()))
        invoke_ms.append(record["stages_ms"]["invoke"])
        own_ms.append(stages_ms[-1] - invoke_ms[-1])
    memory_mb = [record["memory_mb"] for record in records if record["type"] == "health"]
    steady = next((i for i, s in enumerate(labelled_s) if s >= labelled_s[0] + _WARMUP_S), -1)
    seconds = labelled_s[-1] - labelled_s[steady] if labelled_s else 0.0
    if seconds <= 0 or not memory_mb:
        raise SourceError(
            f"{video}: too short to measure with; name a longer one with --video, or give more"
            " --frames or --seconds"
        )
    return {
        "fps": (len(labelled_s) - 1 - steady) / seconds,
        "age_p50_ms": statistics.median(ages_ms[steady:]),
        "stages_p50_ms": statistics.median(stages_ms[steady:]),
        "own_of_invoke": statistics.median(own_ms[steady:]) / statistics.median(invoke_ms[steady:]),
        "first_label_s": labelled_s[0] - started_s,
        "memory_mb": memory_mb[-1],
        "peak_memory_mb": max(memory_mb),
    }
