"""Words and colours on pictures, for the window and the contact sheet."""

from __future__ import annotations

import unicodedata
from typing import Literal

import cv2

from edge.preprocess import Frame, FrameToInput, to_pixels

Colour = tuple[int, int, int]  # R, G, B, 0 to 255

WHITE: Colour = (240, 243, 246)
GREY: Colour = (139, 148, 158)
DARK: Colour = (22, 27, 34)
SURE: Colour = (63, 185, 80)
DOUBTFUL: Colour = (210, 153, 34)
UNSURE: Colour = (248, 81, 73)

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT = 21.0  # pixels of a capital letter at scale 1


def score_colour(score: float) -> Colour:
    """Green for a sure label, amber for a doubtful one, red for a guess."""
    return SURE if score >= 0.8 else DOUBTFUL if score >= 0.5 else UNSURE


def scaled_to_fit(frame: Frame, width: int, height: int) -> Frame:
    """The whole frame, its shape kept, as large as fits into ``width`` x ``height`` pixels."""
    frame_height, frame_width = frame.shape[:2]
    scale = min(width / frame_width, height / frame_height)
    size = max(1, round(frame_width * scale)), max(1, round(frame_height * scale))
    return to_pixels(frame, FrameToInput(*size, channels=3, crop="squash"))


def draw_text(
    canvas: Frame,
    text: str,
    left: int,
    baseline: int,
    *,
    cap_height: float,
    colour: Colour = WHITE,
    width: int | None = None,
    align: Literal["left", "right"] = "left",
) -> None:
    """Write ``text`` into ``canvas``, capitals ``cap_height`` pixels high.

    ``left`` is its left end, or its right end with ``align="right"``. What does not fit into
    ``width`` pixels is cut, with two dots in its place.
    """
    scale = cap_height / _FONT_HEIGHT
    thickness = max(1, round(cap_height / 9))
    shown = drawable(text)
    if width is not None:
        shown = _cut(shown, width, scale, thickness)
    if align == "right":
        left -= _text_width(shown, scale, thickness)
    cv2.putText(canvas, shown, (left, baseline), _FONT, scale, colour, thickness, cv2.LINE_AA)


def drawable(text: str) -> str:
    """``text`` in the characters that OpenCV's fonts have: accents go, the rest becomes ``?``."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return "".join(c if " " <= c <= "~" else "?" for c in plain)


def _cut(text: str, width: int, scale: float, thickness: int) -> str:
    if _text_width(text, scale, thickness) <= width:
        return text
    while text and _text_width(text + "..", scale, thickness) > width:
        text = text[:-1]
    return text + ".."


def _text_width(text: str, scale: float, thickness: int) -> int:
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, thickness)
    return int(width)
