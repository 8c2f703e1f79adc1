"""A contact sheet: one picture that shows what was seen and what it was called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from edge.atomic import replace_file
from edge.drawing import DARK, GREY, draw_text, scaled_to_fit, score_colour
from edge.errors import OutputError, UsageError
from edge.outputs.output import Decision, Output
from edge.preprocess import Frame

SHEET_SUFFIXES = (".png", ".jpg", ".jpeg")

_MOST_ITEMS = 60
_LEAST_COLUMNS, _MOST_COLUMNS = 3, 6
_PICTURE_SIDE = 208  # the longer side of each frame, in pixels
_CAPTION_HEIGHT = 58
_GAP = 14
_HEADER_HEIGHT = 52
_BACKGROUND = (13, 17, 23)
_TRACK = (48, 54, 61)  # the part of a score's bar that is not reached


class SheetItem(NamedTuple):
    """One classified frame."""

    frame: Frame  # (height, width, 3), RGB, any size
    label: str
    score: float  # 0.0 to 1.0
    note: str = ""  # small print: the file's name, the frame's number


class Sheet(Output):
    """Keeps frames, evenly spread over the run, and writes the sheet when it is closed."""

    def __init__(self, path: Path, title: str) -> None:
        """Raises UsageError at once, not after the run, for a file that could not be written."""
        if path.suffix.lower() not in SHEET_SUFFIXES:
            raise UsageError(f"{path}: no picture format; end the sheet's name in .png or .jpg")
        if path.is_dir():
            raise UsageError(
                f"{path}: is a folder; name a file for the sheet, such as {path}/sheet.png"
            )
        self._path = path
        self._title = title
        self._items: list[SheetItem] = []
        self._seen = 0
        self._every = 1

    def show(self, decision: Decision) -> None:
        """Keep a small copy of the frame, or not: memory stays bounded however long the run is."""
        wanted = self._seen % self._every == 0
        self._seen += 1
        if not wanted:
            return
        if len(self._items) == _MOST_ITEMS:
            self._items = self._items[::2]
            self._every *= 2
            if (self._seen - 1) % self._every:
                return
        captured = decision.captured
        small = scaled_to_fit(captured.pixels, _PICTURE_SIDE, _PICTURE_SIDE)
        verdict = decision.verdict
        note = f"frame {captured.number}" if captured.path is None else Path(captured.path).name
        self._items.append(SheetItem(small, verdict.label or "unknown", verdict.score, note))

    def close(self) -> None:
        """Write the sheet; nothing is written when no frame was classified."""
        items, self._items = self._items, []
        if items:
            shown = "" if self._every == 1 else f" (one in {self._every} of {self._seen})"
            count = f"{len(items)} frame{'s' * (len(items) != 1)}{shown}"
            write_sheet(self._path, items, title=f"{self._title}   {count}")


def write_sheet(path: Path, items: Sequence[SheetItem], title: str = "") -> None:
    """Write the contact sheet of ``items`` to ``path``, whole or not at all.

    The suffix (SHEET_SUFFIXES) chooses the format. Raises OutputError when it cannot be written.
    """
    bgr = cv2.cvtColor(draw_sheet(items, title), cv2.COLOR_RGB2BGR)
    encoded, data = cv2.imencode(path.suffix.lower(), bgr)
    if not encoded:
        raise OutputError(f"{path}: OpenCV cannot write this format; end the name in .png")
    with replace_file(path) as stream:
        stream.write(data.tobytes())


def draw_sheet(items: Sequence[SheetItem], title: str = "") -> Frame:
    """The sheet as RGB pixels: a heading and one card an item, in reading order."""
    pictures = [scaled_to_fit(item.frame, _PICTURE_SIDE, _PICTURE_SIDE) for item in items]
    card_height = max(picture.shape[0] for picture in pictures) + _CAPTION_HEIGHT
    columns = min(_MOST_COLUMNS, max(_LEAST_COLUMNS, math.ceil(math.sqrt(len(items)))))
    rows = math.ceil(len(items) / columns)
    width = _GAP + columns * (_PICTURE_SIDE + _GAP)
    height = _HEADER_HEIGHT + rows * (card_height + _GAP)
    sheet = np.full((height, width, 3), _BACKGROUND, np.uint8)
    draw_text(sheet, title, _GAP, 34, cap_height=12, width=width - 2 * _GAP)
    for index, (item, picture) in enumerate(zip(items, pictures, strict=True)):
        row, column = divmod(index, columns)
        top = _HEADER_HEIGHT + row * (card_height + _GAP)
        left = _GAP + column * (_PICTURE_SIDE + _GAP)
        _draw_card(sheet[top : top + card_height, left : left + _PICTURE_SIDE], picture, item)
    return sheet


def _draw_card(card: Frame, picture: Frame, item: SheetItem) -> None:
    """Fill ``card``, a view of the sheet, with the picture in its middle and the words below."""
    card[:] = DARK
    caption_top = card.shape[0] - _CAPTION_HEIGHT
    height, width = picture.shape[:2]
    top, left = (caption_top - height) // 2, (_PICTURE_SIDE - width) // 2
    card[top : top + height, left : left + width] = picture
    _draw_caption(card, caption_top, item)


def _draw_caption(card: Frame, top: int, item: SheetItem) -> None:
    """Label, score, the score as a bar, and the small print, below the line ``top``."""
    margin, right = 10, _PICTURE_SIDE - 10
    colour = score_colour(item.score)
    draw_text(card, item.label, margin, top + 22, cap_height=11, width=right - margin - 46)
    score = f"{item.score:.2f}"
    draw_text(card, score, right, top + 22, cap_height=10, colour=colour, align="right")
    bar = top + 32
    cv2.rectangle(card, (margin, bar), (right, bar + 3), _TRACK, cv2.FILLED)
    reached = margin + round((right - margin) * min(1.0, max(0.0, item.score)))
    cv2.rectangle(card, (margin, bar), (reached, bar + 3), colour, cv2.FILLED)
    width = right - margin
    draw_text(card, item.note, margin, top + 50, cap_height=7, colour=GREY, width=width)
