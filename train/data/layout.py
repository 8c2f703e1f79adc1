"""Which class, group and part each photo of a folder belongs to, by where it lies."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge.errors import DataError
from train.data.labels_csv import TABLE, label_of, normal, read_table
from train.data.pictures import PART_NAMES, Part
from train.data.walk import find_pictures, is_junk, printable

_NAMED = 3  # that a line about many gives
_FEWEST = 5  # photos that a name must have before all names count as groups
_NUMBER = re.compile(r"[\W_]*\d*\W*$")  # a running number with what parts it from the name
_UNNAMED = "(number only)"


@dataclass(frozen=True)
class Photo:
    """A photo's file and what the folder says of it."""

    path: Path
    name: str  # relative to the folder, with /, fit to be printed
    label: str
    group: str = ""
    part: Part = ""


def find_photos(folder: Path, skipped: list[str], notes: list[str]) -> list[Photo]:
    """The photos that ``labels.csv`` lists, or else those of the class folders.

    Class folders may stand in ``train``, ``val`` or ``validation``, and ``test``; folders within
    them are groups, and where there are none, file names such as ``kitchen_0001.jpg``. Lines for
    files that cannot be used are added to ``skipped``, what a user should know to ``notes``. Raises
    DataError when there is no class.
    """
    if (folder / TABLE).is_file():
        photos = _listed(folder, skipped, notes)
    else:
        photos = []
        for part, parent in _part_folders(folder, skipped):
            photos += _in_class_folders(folder, parent, part, skipped)
        groups = sorted({photo.group for photo in photos if photo.group})
        if groups:
            note = f"folders in the class folders give groups: {shortened(groups)}"
            if all(photo.group for photo in photos):  # as when a folder above the classes was named
                note += f"; if they are the classes, move them up, into {folder}"
            notes.append(note)
    if not photos:
        raise DataError(f"{folder}: {_why_empty(folder)}")
    return _grouped_by_name(one_spelling(photos, notes), notes)


def _part_folders(folder: Path, skipped: list[str]) -> list[tuple[Part, Path]]:
    """The folders that hold class folders: train, validation and test, or the folder itself.

    Raises DataError for other folders beside train and test, which could be either.
    """
    inside = _folders(folder)
    parts = {p: PART_NAMES[p.name.lower()] for p in inside if p.name.lower() in PART_NAMES}
    others = [path for path in inside if path not in parts]
    # A folder train without folders in it is a class, such as toy trains; so is one beside classes.
    is_divided = any(part == "train" and _folders(path) for path, part in parts.items())
    if not is_divided or (others and len(parts) == 1):
        return [("", folder)]
    if others:
        names = shortened([path.name for path in others])
        raise DataError(
            f"{folder}: beside {' and '.join(path.name for path in parts)} stands {names}, no part"
            " of that kind; name parts train, val and test, and move other folders away"
        )
    _tell_loose(folder, skipped)
    divided = []
    for path, part in parts.items():
        if _folders(path):
            divided.append((part, path))
        else:
            skipped.append(printable(f"{path}: has no class folders; this part is left out"))
    return divided


def _tell_loose(parent: Path, skipped: list[str]) -> None:
    """A line for what lies in ``parent`` beside the folders, in none of which it belongs."""
    folders = _folders(parent)
    loose = [p.name for p in sorted(parent.iterdir()) if p not in folders and not is_junk(p)]
    if loose and folders:
        skipped.append(printable(f"{parent}: in no class folder, skipped: {shortened(loose)}"))


def _in_class_folders(folder: Path, parent: Path, part: Part, skipped: list[str]) -> list[Photo]:
    photos: list[Photo] = []
    for path in _folders(parent):
        before = len(photos)
        for picture in find_pictures(path, skipped):
            group = picture.parent.relative_to(path).as_posix()
            name = printable(picture.relative_to(folder).as_posix())
            label = label_of(path.name)
            photos.append(Photo(picture, name, label, "" if group == "." else group, part))
        if len(photos) == before:
            skipped.append(printable(f"{path}: has no picture; the class is left out"))
    _tell_loose(parent, skipped)
    return photos


def _listed(folder: Path, skipped: list[str], notes: list[str]) -> list[Photo]:
    """The photos of labels.csv; those that it does not list are told in one line."""
    aside: list[str] = []
    # Its path alone: another file that is no picture is nothing that the table could mean.
    pictures = [path for path in find_pictures(folder, aside) if path.name != TABLE]
    by_name = {normal(p.relative_to(folder).as_posix()): p for p in pictures}
    skipped += [line for line in aside if not line.startswith(f"{printable(folder / TABLE)}: ")]
    table = read_table(folder / TABLE, set(by_name))
    skipped += table.skipped
    notes += table.notes
    missing = sorted(set(by_name) - table.mentioned)
    if missing:
        names = shortened(missing)
        skipped.append(printable(f"{folder / TABLE}: does not list, so skipped: {names}"))
    return [
        Photo(by_name[row.file], printable(row.file), row.label, row.group, row.part)
        for row in table.rows
    ]


def one_spelling(photos: list[Photo], notes: list[str]) -> list[Photo]:
    """The photos, with classes whose names differ by case only taken as one."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for photo in photos:
        spellings[photo.label.casefold()][photo.label] += 1
    chosen = {}
    for key, counts in spellings.items():
        chosen[key] = max(sorted(counts), key=lambda label: counts[label])
        if len(counts) > 1:
            names = " and ".join(sorted(counts))
            notes.append(
                f"{names}: differ by case only; taken as one class, {chosen[key]}; rename one of"
                " them if they are not"
            )
    return [replace(photo, label=chosen[photo.label.casefold()]) for photo in photos]


def _grouped_by_name(photos: list[Photo], notes: list[str]) -> list[Photo]:
    """The photos, grouped by what stands before the number in their names, if that tells groups.

    It does where nothing else gives groups, each name has some photos, and one of them is in more
    than one class: otherwise names tell the class, or nothing.
    """
    if any(photo.group for photo in photos):
        return photos
    names = [_NUMBER.sub("", photo.path.stem) for photo in photos]
    classes: dict[str, set[str]] = defaultdict(set)
    for name, photo in zip(names, photos, strict=True):
        classes[name].add(photo.label)
    enough = min(Counter(names).values()) >= _FEWEST
    if len(classes) < 2 or not enough or max(map(len, classes.values())) < 2:
        return photos
    groups = [printable(name) or _UNNAMED for name in names]
    notes.append(f"file names give {len(classes)} groups: {shortened(sorted(set(groups)))}")
    return [replace(photo, group=group) for photo, group in zip(photos, groups, strict=True)]


def shortened(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if os.path.isdir(p) and not is_junk(p))
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be listed ({error.strerror}); check its permissions"
        ) from error


def _why_empty(folder: Path) -> str:
    """What a user may have meant by a folder without any class."""
    if (folder / TABLE).is_file():
        return (
            f"no line of {TABLE} gives a picture of the folder a label; write each file as it lies"
            " in the folder, such as cups/IMG_1.jpg"
        )
    if _folders(folder):
        return "no readable picture in any class folder; add photos"
    aside: list[str] = []
    if find_pictures(folder, aside):
        return (
            "has photos but no class folders; put the photos of each class into a folder of its"
            f" own, or list them in {TABLE} with the columns file and label"
        )
    return "has no photos; give a folder with one folder of photos a class"
