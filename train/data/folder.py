"""The photos of a folder, read one after the other; those that cannot be read are listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.errors import SourceError
from edge.pictures import read_picture
from train.data.layout import Photo, find_photos
from train.data.pictures import Listing, Picture
from train.data.told import told_before_errors
from train.data.walk import printable, why_unreadable


def list_folder(folder: Path) -> Listing:
    """Every photo of a folder of class folders, or of a folder with labels.csv.

    Classes are sorted by name. Raises DataError when there is no photo with a class.
    """
    skipped: list[str] = []
    notes: list[str] = []
    with told_before_errors(skipped, notes):
        photos = find_photos(folder, skipped, notes)
    labels = tuple(sorted({photo.label for photo in photos}))
    return Listing(
        source=str(folder),
        name=printable(folder.resolve().name),
        labels=labels,
        count=len(photos),
        pictures=_read(photos, labels, skipped),
        skipped=skipped,
        notes=notes,
    )


def _read(photos: list[Photo], labels: tuple[str, ...], skipped: list[str]) -> Iterator[Picture]:
    for photo in photos:
        try:
            frame = read_picture(photo.path)
        except SourceError as error:
            skipped.append(printable(why_unreadable(photo.path, str(error))))
            continue
        except MemoryError:
            skipped.append(printable(f"{photo.path}: too large for the memory; make it smaller"))
            continue
        yield Picture(frame, labels.index(photo.label), photo.name, photo.group, photo.part)
