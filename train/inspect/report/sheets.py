"""Contact sheets: many pictures on one, with their names below."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from train.inspect.finding import Finding
from train.inspect.survey import TILE, Survey
from train.lettering import write

MOST = 48  # pictures on a sheet
_COLUMNS = 8
_GAP, _HEADER, _LINE = 12, 52, 16
_PAPER, _CARD, _INK, _DIM = (255, 255, 255), (244, 246, 248), (27, 32, 38), (90, 101, 112)


class Item(NamedTuple):
    """One picture of a sheet."""

    tile: bytes  # an encoded picture
    name: str
    caption: str = ""

    @property
    def is_small(self) -> bool:
        """True for a picture whose pixels are to be seen one by one."""
        with Image.open(BytesIO(self.tile)) as opened:
            return bool(2 * max(opened.size) <= TILE)


def sheet_title(survey: Survey, class_id: int, shown: int) -> str:
    """What a class's sheet shows."""
    count, label = survey.counts[class_id], survey.labels[class_id]
    return f"{label}: {shown:,} of {count:,} pictures" if shown < count else f"{label}: {count:,}"


def class_items(survey: Survey, class_id: int, seed: int) -> list[Item]:
    """Pictures of one class, drawn by lot and shown in the order of the data set."""
    members = np.flatnonzero(survey.class_ids == class_id)
    drawn = np.random.default_rng([seed, class_id]).permutation(members)[:MOST]
    return [Item(survey.tiles[p], survey.looks[p].name) for p in sorted(drawn)]


def finding_items(survey: Survey, finding: Finding, most: int) -> list[Item]:
    """The first pictures of a finding, those of a group side by side and numbered alike."""
    captions = iter(finding.captions)
    items = []
    for number, group in enumerate(finding.groups, 1):
        for position in group:
            look = survey.looks[position]
            label = survey.labels[look.class_id]
            mark = f"{number}: {label}" if len(group) > 1 else label
            items.append(Item(survey.tiles[position], look.name, next(captions, mark)))
            if len(items) == most:
                return items
    return items


def draw_sheet(title: str, items: Sequence[Item]) -> Image.Image:
    """The sheet as an RGB picture: a heading and a card an item, in reading order."""
    columns = min(_COLUMNS, max(3, len(items)))
    rows = -(-len(items) // columns)
    lines = 1 + max((len(item.caption.splitlines()) for item in items), default=0)
    card = TILE, TILE + _LINE * lines + 8
    size = _GAP + columns * (card[0] + _GAP), _HEADER + rows * (card[1] + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    room = size[0] - 2 * _GAP
    write(draw, (_GAP, 16), title, size=19, width=room, colour=_INK, keep="end")
    for index, item in enumerate(items):
        row, column = divmod(index, columns)
        left, top = _GAP + column * (card[0] + _GAP), _HEADER + row * (card[1] + _GAP)
        draw.rectangle((left, top, left + card[0] - 1, top + TILE - 1), _CARD)
        _paste(sheet, item.tile, left, top)
        top += TILE + 4
        for line in item.caption.splitlines():
            write(draw, (left, top), line, size=13, width=TILE, colour=_INK, keep="end")
            top += _LINE
        write(draw, (left, top), item.name, size=11, width=TILE, colour=_DIM, keep="end")
    return sheet


def encoded(sheet: Image.Image, kind: str) -> bytes:
    """``PNG`` or ``JPEG`` bytes."""
    stream = BytesIO()
    sheet.save(stream, kind, quality=80)
    return stream.getvalue()


def _paste(sheet: Image.Image, tile: bytes, left: int, top: int) -> None:
    """The picture in the middle of its card; a small one enlarged, its pixels to be seen."""
    with Image.open(BytesIO(tile)) as opened:
        picture = opened.convert("RGB")
    scale = TILE // max(picture.size)
    if scale > 1:
        size = picture.width * scale, picture.height * scale
        picture = picture.resize(size, Image.Resampling.NEAREST)
    left += (TILE - picture.width) // 2
    sheet.paste(picture, (left, top + (TILE - picture.height) // 2))
