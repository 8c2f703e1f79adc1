"""Words on the pictures that a training leaves, in any alphabet that the font knows."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import matplotlib
from PIL import ImageDraw, ImageFont


def write(
    draw: ImageDraw.ImageDraw,
    position: tuple[int, int],
    text: str,
    *,
    size: int,
    width: int,
    colour: tuple[int, int, int],
    anchor: Literal["la", "ls"] = "la",
    keep: Literal["start", "end"] = "start",
) -> None:
    """Write ``text`` in one line, ``size`` pixels high, its left end at ``position`` (x, y).

    ``position`` is the top of the line, or with the anchor ``ls`` where its letters stand. Of a
    text of more than ``width`` pixels one part is kept; the end of a path tells the most.
    """
    font = _font(size)
    draw.text(position, _cut(" ".join(text.splitlines()), width, font, keep), colour, font, anchor)


def _cut(text: str, width: int, font: ImageFont.FreeTypeFont, keep: str) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength("…" + text) > width:
        text = text[:-1] if keep == "start" else text[1:]
    return text + "…" if keep == "start" else "…" + text


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib and knows most alphabets."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), size)
