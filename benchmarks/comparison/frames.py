"""The frames that all peers get: 640x480 pictures of a folder or a film, spread over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.comparison.job import HEIGHT, WIDTH, Job
from edge.classifier import Classifier
from edge.errors import SourceError, UsageError
from edge.pictures import list_pictures, read_picture
from edge.preprocess import Frame, FrameToInput, to_pixels
from edge.sources import SourceOptions, open_source
from edge.sources.naming import is_live

MOST = 200  # different frames; more are classified by going round
_CAMERA = FrameToInput(WIDTH, HEIGHT, 3)


def take_frames(source: str, most: int) -> list[Frame]:
    """``most`` frames at most, spread evenly over a folder of pictures or a film.

    Raises SourceError for one without any, UsageError for a source that does not end.
    """
    folder = Path(source)
    if folder.is_dir():
        paths = list_pictures(folder)
        frames = [to_pixels(read_picture(paths[i]), _CAMERA) for i in spread(len(paths), most)]
    elif is_live(source):
        raise UsageError(f"{source}: does not end; name a folder of pictures or a film")
    else:
        frames = _film(source, most)
    if not frames:
        raise SourceError(f"{source}: no pictures in it; name a folder with --source")
    return frames


def spread(n: int, most: int) -> list[int]:
    """``most`` of the numbers 0 to n - 1 at even distances, all where there are no more."""
    count = min(n, most)
    return [number * n // count for number in range(count)]


def _film(source: str, most: int) -> list[Frame]:
    """How long a film is shows at its end: keep every step-th frame, and thin them out."""
    kept: list[Frame] = []
    step = 1
    with open_source(source, SourceOptions(max_rate=True), warn=print) as film:
        number = 0
        while (captured := film.read()) is not None:
            if number % step == 0:
                kept.append(to_pixels(captured.pixels, _CAMERA))
            if len(kept) > 2 * most:
                kept, step = kept[::2], step * 2
            number += 1
    return [kept[i] for i in spread(len(kept), most)]


def write_job(
    model: Classifier, frames: list[Frame], onnx: Path | None, folder: Path
) -> tuple[Job, Path]:
    """The job and its file, with all that it names beside it in ``folder``."""
    spec = model.input_spec
    np.stack(frames).tofile(folder / "frames.raw")
    np.stack([to_pixels(frame, spec) for frame in frames]).tofile(folder / "inputs.raw")
    job = Job(
        model=str(model.model_path.resolve()),
        onnx=None if onnx is None else str(onnx.resolve()),
        frames=str(folder / "frames.raw"),
        inputs=str(folder / "inputs.raw"),
        n=len(frames),
        input_width=spec.width,
        input_height=spec.height,
        input_channels=spec.channels,
        crop=spec.crop,
        interpolation=spec.interpolation,
        labels=list(model.labels),
    )
    path = folder / "job.json"
    job.write(path)
    return job, path
