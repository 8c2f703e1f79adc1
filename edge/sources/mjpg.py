"""One frame of a camera's MJPG stream: decoded here, so that damage is seen and nothing printed."""

from __future__ import annotations

import re
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.preprocess import Frame
from edge.quiet import NativeLines

_LIBJPEG = re.compile(
    rb"Corrupt JPEG|Premature end of JPEG|Invalid (JPEG|SOS)|Unsupported|Bogus|"
    rb"Inconsistent progression|Warning: unknown JFIF"
)
# Padding that many cameras add to each frame; the picture is whole.
_HARMLESS = re.compile(rb"Corrupt JPEG data: \d+ extraneous bytes|Warning:")
_END = b"\xff\xd9"


class MjpgDecoder:
    """JPEG to RGB, with libjpeg's complaints as a sign of damage instead of on the terminal.

    OpenCV's own decoding of a camera's frames hides damage: of a frame that is cut short the rest
    still shows the frame before, and one that cannot be decoded at all shows that frame again.
    """

    def __init__(self) -> None:
        self._lines = NativeLines(_LIBJPEG)

    def decode(self, encoded: NDArray[np.uint8]) -> Frame | None:
        """RGB of one JPEG picture, an array of any shape; None when it is damaged."""
        data = np.ascontiguousarray(encoded).reshape(-1)
        if data.tobytes().rfind(_END) < 0:
            return None  # cut short: OpenCV leaves the rest black without a word
        with self._lines:
            bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if bgr is None or any(not _HARMLESS.match(line) for line in self._lines.hidden):
            return None
        return cast(Frame, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))

    def close(self) -> None:
        self._lines.close()
