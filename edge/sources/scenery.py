"""What the rehearsal camera sees: drawn or given scenes, with the noise of a real sensor."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import SourceError
from edge.pictures import list_pictures, read_picture
from edge.preprocess import Frame, FrameToInput, to_pixels

Scene = tuple[Frame, ...]  # frames to show in turn; no two in a row are alike

_DRAWN_FRAMES = 24
_MOST_PICTURES = 24
_NOISE = 6  # grey levels, about what a webcam shows indoors


@cache  # drawn once for all openings: a reconnection should cost no more than a real one
def drawn_scenes(width: int, height: int) -> tuple[Scene, ...]:
    """One scene, a bright square that crosses a gradient, in frames of that many pixels."""
    noise = _noise(width, height)
    across = np.linspace(40, 200, width, dtype=np.float32)[np.newaxis, :, np.newaxis]
    down = np.linspace(0.5, 1, height, dtype=np.float32)[:, np.newaxis, np.newaxis]
    tint = np.array([1.0, 0.8, 0.6], np.float32)
    side = max(1, height // 4)
    frames = []
    for index in range(_DRAWN_FRAMES):
        scene = (across * down * tint).astype(np.int16)
        left = index * max(0, width - side) // _DRAWN_FRAMES
        scene[height // 2 : height // 2 + side, left : left + side] = (60, 160, 235)
        frames.append(_with_noise(scene, noise, index))
    return (tuple(frames),)


@cache
def picture_scenes(folder: str, width: int, height: int) -> tuple[Scene, ...]:
    """A still scene for each picture in ``folder``; SourceError when none can be read."""
    paths = list_pictures(Path(folder))[:_MOST_PICTURES]
    if not paths:
        raise SourceError(f"{folder}: holds no pictures; name a folder with .jpg or .png files")
    noise = _noise(width, height)
    fit = FrameToInput(width, height, 3)
    scenes = []
    for path in paths:
        scene = to_pixels(read_picture(path), fit).astype(np.int16)
        scenes.append((_with_noise(scene, noise, 0), _with_noise(scene, noise, 1)))
    return tuple(scenes)


def _noise(width: int, height: int) -> NDArray[np.int16]:
    random = np.random.default_rng(0)
    return random.integers(-_NOISE, _NOISE + 1, (height, width, 3), np.int16)


def _with_noise(scene: NDArray[np.int16], noise: NDArray[np.int16], index: int) -> Frame:
    moved = np.roll(noise, 37 * index, axis=(0, 1))
    return (scene + moved).clip(0, 255).astype(np.uint8)
