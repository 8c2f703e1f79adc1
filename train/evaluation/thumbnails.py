"""Pictures that travel inside the page, as data URIs."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.preprocess import FrameToInput, to_pixels
from train.evaluation.confusion import shares

_LARGEST_SIDE = 192  # pixels of a photo in the page
_SMALL_SIDE = 96  # below it pixels are shown as they are
_QUALITY = 82  # of JPEG; photos only
_HEAT = (0x2C, 0x6C, 0xB0)  # the page's accent


@dataclass(frozen=True)
class Thumbnail:
    """One picture of the page."""

    uri: str
    is_small: bool  # to be shown pixel by pixel


def thumbnail(pixels: NDArray[np.uint8]) -> Thumbnail:
    """The picture (height, width, 1 or 3), RGB or grey; a large one is shrunk, and a JPEG."""
    height, width = pixels.shape[:2]
    largest = max(height, width)
    scale = min(1.0, _LARGEST_SIDE / largest)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    rgb = to_pixels(pixels, FrameToInput(*size, 3, crop="squash"))
    is_small = largest < _SMALL_SIDE
    suffix, settings = (".png", []) if is_small else (".jpg", [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Thumbnail(_uri(rgb[:, :, ::-1], suffix, settings), is_small)


def heat_map(confusion: NDArray[np.int64]) -> str:
    """A confusion matrix of many classes, a pixel a cell, see-through where nothing is."""
    bgra = np.empty((*confusion.shape, 4), np.uint8)
    bgra[..., :3] = _HEAT[::-1]
    # Root: rare mistakes stay visible.
    bgra[..., 3] = np.ceil(255 * np.sqrt(shares(confusion)))
    return _uri(bgra, ".png", [])


def _uri(bgr: NDArray[np.uint8], suffix: str, settings: list[int]) -> str:
    ok, encoded = cv2.imencode(suffix, np.ascontiguousarray(bgr), settings)
    if not ok:
        raise ValueError(f"OpenCV cannot encode pixels of shape {bgr.shape}")
    kind = "png" if suffix == ".png" else "jpeg"
    return f"data:image/{kind};base64,{b64encode(encoded.tobytes()).decode('ascii')}"
