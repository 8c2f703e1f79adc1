"""One picture, a folder of them or those a pattern names: each is seen once, in name order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.errors import SourceError
from edge.pictures import PICTURE_SUFFIXES, list_pictures, read_picture
from edge.sources.frame import CapturedFrame, Source


def open_picture(path: Path) -> Pictures:
    """The one picture at ``path``; its ``read`` raises SourceError when it cannot be read."""

    def fail(message: str) -> None:
        raise SourceError(message)

    return Pictures([path], str(path), fail)


def open_folder(folder: Path, warn: Callable[[str], None]) -> Pictures:
    """The pictures that lie in ``folder``; SourceError when there are none."""
    paths = list_pictures(folder)
    if not paths:
        raise SourceError(
            f"{folder}: holds no pictures; give a folder with .jpg or .png files in it"
        )
    return Pictures(paths, str(folder), warn)


def open_pattern(pattern: str, warn: Callable[[str], None]) -> Pictures:
    """The pictures that ``pattern`` names, ``**`` standing for any folders.

    Files that are no pictures are left out, hidden ones too. Raises SourceError when none is left.
    """
    import glob

    found = sorted(map(Path, glob.iglob(pattern, recursive=True)))
    paths = [path for path in found if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()]
    if not paths:
        raise SourceError(
            f"{pattern}: matches no pictures; correct it, and quote it so that the shell leaves it "
            "alone: 'photos/*.jpg'"
        )
    return Pictures(paths, pattern, warn)


class Pictures(Source):
    """Picture files as frames; each frame carries its ``path``."""

    live = False

    def __init__(self, paths: Sequence[Path], name: str, warn: Callable[[str], None]) -> None:
        """``warn`` gets one line for each file that cannot be read; the others go on."""
        self.name = name
        self._warn = warn
        self._left = iter(paths)
        self._count = len(paths)
        self._number = 0

    def read(self) -> CapturedFrame | None:
        """The next readable picture, or None after the last; SourceError when none was readable."""
        for path in self._left:
            try:
                pixels = read_picture(path)
            except SourceError as error:
                self._warn(str(error))
                continue
            number, self._number = self._number, self._number + 1
            return CapturedFrame.taken_at(time.monotonic(), pixels, number, str(path))
        if self._number == 0:
            raise SourceError(
                f"{self.name}: no picture in it can be read ({self._count} tried); replace them"
            )
        return None

    def close(self) -> None:
        self._left = iter(())
