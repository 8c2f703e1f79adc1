"""One frame of a camera's MJPG stream: decoded here, so that damage is seen and nothing printed."""

from __future__ import annotations

import re
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.preprocess import Frame
from edge.quiet import LIBJPEG_LINE, NativeLines

# Padding that many cameras add to each frame; the picture is whole.
_HARMLESS = re.compile(rb"Corrupt JPEG data: \d+ extraneous bytes|Warning:")
_END = b"\xff\xd9"
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # tables and an extension, amid the starts of frame


class MjpgDecoder:
    """JPEG to BGR, with libjpeg's complaints as a sign of damage instead of on the terminal.

    OpenCV's own decoding of a camera's frames hides damage: of a frame that is cut short the rest
    still shows the frame before, and one that cannot be decoded at all shows that frame again.
    """

    def __init__(self, most_pixels: int) -> None:
        """A picture of more than ``most_pixels`` is damaged."""
        self._most_pixels = most_pixels
        self._lines = NativeLines(LIBJPEG_LINE)

    def decode(self, encoded: NDArray[np.uint8]) -> Frame | None:
        """BGR of one JPEG picture, an array of any shape; None when it is damaged."""
        data = np.ascontiguousarray(encoded).reshape(-1)
        encoded_bytes = data.tobytes()
        if encoded_bytes.rfind(_END) < 0:
            return None  # cut short: OpenCV leaves the rest black without a word
        # One wrong bit in the header names a size for which OpenCV takes gigabytes, or raises.
        if not 0 < pixel_count(encoded_bytes) <= self._most_pixels:
            return None
        with self._lines:
            frame = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if frame is None or any(not _HARMLESS.match(line) for line in self._lines.hidden):
            return None
        return cast(Frame, frame)

    def close(self) -> None:
        self._lines.close()


def pixel_count(encoded: bytes) -> int:
    """The width times the height that a JPEG picture's header names; 0 where it names none.

    ITU-T T.81, B.1.1 and B.2.2: segments of FF, their kind, and two bytes of length, up to the
    start of frame (SOF) with its precision, height and width.
    """
    at = 2  # after the start of image
    while at + 9 <= len(encoded) and encoded[at] == 0xFF:
        kind, length = encoded[at + 1], int.from_bytes(encoded[at + 2 : at + 4])
        if kind == 0xFF:  # a fill byte
            at += 1
        elif 0xC0 <= kind <= 0xCF and kind not in _NO_FRAME:
            height, width = encoded[at + 5 : at + 7], encoded[at + 7 : at + 9]
            return int.from_bytes(height) * int.from_bytes(width)
        else:
            at += 2 + length
    return 0
