"""The sheet that shows what a policy does: originals, several epochs, and each change alone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from edge.atomic import replace_file
from edge.drawing import GREY, WHITE, Colour
from edge.errors import OutputError
from edge.preprocess import Frame, FrameToInput, to_pixels
from train.augment.changes import augment
from train.augment.mixing import mix
from train.augment.policy import Policy
from train.lettering import write

EPOCHS = 7  # columns after the original

_LARGEST_SIDE = 224  # pixels of a picture in the sheet
_SIDE = 160  # pixels that small ones are enlarged to, about
_GAP = 8
_WORDS = 330  # pixels left of the pictures
_LINE = 44  # pixels of a heading
_BACKGROUND = (13, 17, 23)

_Line = tuple[str, int, int, Colour]  # text, its baseline and its size in pixels, its colour


def draw_sheet(pixels: NDArray[np.uint8], names: list[str], policy: Policy, seed: int = 0) -> Frame:
    """The sheet of ``pixels`` (n, height, width, channels), RGB (height, width, 3).

    A row for each picture shows it as it is and with all changes in ``EPOCHS`` epochs; then a row
    for each change shows it alone, in the first picture and whatever the policy's probability.
    ``names`` (n) are what the pictures are called.
    """
    epochs = [_changed(pixels, policy, seed, epoch) for epoch in range(EPOCHS)]
    together = [
        _row(name, "", [pixels[number], *(epoch[number] for epoch in epochs)])
        for number, name in enumerate(names)
    ]
    alone = []
    for change, says in policy.active().items():
        only = policy.alone(change)
        changed = [_changed(pixels, only, seed, epoch)[0] for epoch in range(EPOCHS)]
        alone.append(_row(change.replace("_", " "), says, [pixels[0], *changed]))
    width = together[0].shape[1]
    sheet = [_heading(f"as it is, then {EPOCHS} epochs with all changes", width), *together]
    if alone:
        sheet += [_heading("each change alone, up to what the policy allows", width), *alone]
    return np.concatenate(sheet)


def write_sheet(path: Path, sheet: Frame) -> None:
    """Write the sheet whole or not at all, as its name's end says; OutputError when it cannot."""
    encoded, data = cv2.imencode(path.suffix.lower(), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    if not encoded:
        raise OutputError(f"{path}: OpenCV cannot write this format; end the name in .png")
    with replace_file(path) as stream:
        stream.write(data.tobytes())


def _changed(pixels: NDArray[np.uint8], policy: Policy, seed: int, epoch: int) -> NDArray[np.uint8]:
    """One epoch's version of the pictures, mixes with it."""
    fill = pixels.mean((0, 1, 2)).astype(np.uint8)
    changed = augment(pixels, np.arange(len(pixels)), policy, seed, epoch, fill)
    targets = np.ones((len(pixels), 1), np.float32)
    mixed, _ = mix(
        changed.astype(np.float32), targets, policy, np.random.default_rng([seed, epoch])
    )
    return np.rint(mixed).astype(np.uint8)


def _heading(text: str, width: int) -> Frame:
    return _lettered(width, _LINE, [(text, 30, 19, WHITE)], width - 2 * _GAP)


def _row(name: str, says: str, pictures: list[NDArray[np.uint8]]) -> Frame:
    """Words on the left, then the pictures side by side."""
    shown = [_shown(picture) for picture in pictures]
    height, width = shown[0].shape[:2]
    middle = height // 2
    words = [(name, middle, 20, WHITE), (says, middle + 28, 15, GREY)]
    size = _WORDS + len(shown) * (width + _GAP), height + _GAP
    row = _lettered(*size, words, _WORDS - 2 * _GAP)
    for number, picture in enumerate(shown):
        left = _WORDS + number * (width + _GAP)
        row[:height, left : left + width] = picture
    return row


def _lettered(width: int, height: int, words: list[_Line], room: int) -> Frame:
    """An empty strip with ``words`` on its left, each cut to ``room`` pixels."""
    strip = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(strip)
    for text, baseline, size, colour in words:
        at = _GAP, baseline
        write(draw, at, text, size=size, width=room, colour=colour, anchor="ls")
    return np.array(strip)


def _shown(picture: NDArray[np.uint8]) -> Frame:
    """RGB, enlarged by whole pixels or shrunk, so that grains and blocks stay what they are."""
    height, width = picture.shape[:2]
    shrunk = min(1.0, _LARGEST_SIDE / max(height, width))
    size = max(1, round(width * shrunk)), max(1, round(height * shrunk))
    times = max(1, _SIDE // max(size))
    frame = to_pixels(picture, FrameToInput(*size, channels=3, crop="squash"))
    return frame.repeat(times, axis=0).repeat(times, axis=1)
