"""One picture's facts: its file, its size, its light, and how sharp it is."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from edge.likeness import digest
from edge.preprocess import FrameToInput, to_pixels
from train.data.pictures import Picture

_ORIENTATION_TAG = 0x0112
_GREY_SPREAD = 4.0  # difference of the channels that JPEG leaves in a grey picture
_EDGES = 99.5  # percentile: the sharpest edges of a picture, however plain the rest is


@dataclass(frozen=True)
class Look:
    """What is known of one picture. Light and sharpness are those of what a training sees."""

    name: str
    class_id: int
    part: str  # "train", "validation", "test"; empty where the user did not divide
    width: int  # pixels, upright
    height: int
    kind: str  # of the file: "JPEG", "PNG"; empty for arrays
    orientation: int  # of EXIF: 1 upright, 2 to 8 turned or mirrored, and put right by the reader
    is_grey: bool
    dark_level: float  # 0 to 255: 95 % of the pixels are darker
    bright_level: float  # 0 to 255: 95 % of the pixels are brighter
    contrast: float  # standard deviation of the grey levels
    sharpness: float  # of the sharpest edges: 99.5 % of the Laplacian's values are below
    digest: bytes  # equal for equal pixels only


def look_at(picture: Picture, folder: Path | None, size: int) -> Look:
    """Measure ``picture``, whose file lies in ``folder``; None for an array.

    ``size`` is the side in pixels that a training gives it.
    """
    frame = picture.frame
    height, width, channels = frame.shape
    kind, orientation = _file_facts(folder / picture.name) if folder else ("", 1)
    grey = to_pixels(frame, FrameToInput(width=size, height=size, channels=1))[:, :, 0]
    dark_level, bright_level = np.percentile(grey, (95, 5))
    return Look(
        name=picture.name,
        class_id=picture.class_id,
        part=picture.part,
        width=width,
        height=height,
        kind=kind,
        orientation=orientation,
        is_grey=channels == 1 or _is_grey(frame),
        dark_level=float(dark_level),
        bright_level=float(bright_level),
        contrast=float(grey.std()),
        sharpness=float(np.percentile(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), _EDGES)),
        digest=digest(frame),
    )


def _is_grey(frame: NDArray[np.uint8]) -> bool:
    """True where the three channels say the same."""
    # A few thousand pixels of a photo tell; a copy of all in int16 would cost more than reading.
    step = max(1, min(frame.shape[:2]) // 64)
    some = frame[::step, ::step].astype(np.int16)
    spread = some.max(axis=2) - some.min(axis=2)
    # Nearly all pixels, not their mean: a green cap on a white bottle is colour.
    return float(np.percentile(spread, _EDGES)) <= _GREY_SPREAD


def _file_facts(path: Path) -> tuple[str, int]:
    """Format and EXIF orientation, from the head of the file alone."""
    try:
        with warnings.catch_warnings():
            # Pillow's limit is below a good camera's picture, and no pixel is decoded here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return str(image.format), int(image.getexif().get(_ORIENTATION_TAG, 1) or 1)
    # Pillow knows fewer oddities than OpenCV, which has read the picture already.
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError,
            UnidentifiedImageError):  # fmt: skip
        return path.suffix.lstrip(".").upper().replace("JPG", "JPEG"), 1
