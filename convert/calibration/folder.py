"""Pictures of a folder, with or without class folders, as small as the model takes them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from convert.pictures import Pictures
from edge.errors import DataError, SourceError
from edge.pictures import list_pictures, read_picture
from edge.preprocess import FrameToInput, to_pixels

_MOST_BYTES = 512 << 20  # of pixels: 3,566 pictures of 224x224, RGB
_MOST_PICTURES = 10_000  # to read these takes minutes, and a few hundred are shown in the end
_SEED = 0  # of the choice among more pictures than that
_NAMED = 5


def read_folder(
    folder: Path, labels: tuple[str, ...], spec: FrameToInput, warn: Callable[[str], None]
) -> Pictures:
    """The readable pictures of ``folder`` and its class folders, through edge.preprocess.

    Of more than memory should hold, a random choice is read. Raises DataError.
    """
    found = _find(folder, labels)
    if not found:
        raise DataError(
            f"{folder}: holds no pictures, nor do its class folders; name a folder with .jpg or"
            " .png files"
        )
    most = min(_MOST_PICTURES, _MOST_BYTES // (spec.width * spec.height * spec.channels))
    if len(found) > most:
        warn(f"{folder}: holds {len(found):,} pictures; a random {most:,} of them are read")
        chosen = np.random.default_rng(_SEED).permutation(len(found))[:most]
        found = [found[i] for i in np.sort(chosen)]
    return _read(folder, found, spec, warn)


def _find(folder: Path, labels: tuple[str, ...]) -> list[tuple[int, Path]]:
    """Class number, -1 outside class folders, and path of every picture."""
    try:
        below = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
        classes = {path: list_pictures(path) for path in below}
        direct = list_pictures(folder)
    except (OSError, SourceError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{folder}: cannot be read ({reason}); check its permissions") from error
    unknown = [
        path.name for path, members in classes.items() if members and path.name not in labels
    ]
    if unknown:
        raise DataError(
            f"{folder}: the model has no class {_listed(unknown)} (it has {_listed(labels)});"
            " rename the folders, or put all pictures into one folder without class folders"
        )
    found = [(-1, path) for path in direct]
    for path, members in classes.items():
        found += [(labels.index(path.name), member) for member in members]
    return found


def _listed(names: tuple[str, ...] | list[str]) -> str:
    text = ", ".join(names[:_NAMED])
    return text if len(names) <= _NAMED else f"{text}, ... {len(names)} in all"


def _read(
    folder: Path, found: list[tuple[int, Path]], spec: FrameToInput, warn: Callable[[str], None]
) -> Pictures:
    # Filled in place: a list and np.stack would hold everything twice.
    pixels = np.empty((len(found), spec.height, spec.width, spec.channels), np.uint8)
    class_ids: list[int] = []
    names: list[str] = []
    sizes: list[tuple[int, int]] = []
    progress = tqdm(found, desc=f"reading {folder}", unit="photo", disable=not sys.stderr.isatty())
    for class_id, path in progress:
        try:
            frame = read_picture(path)
        except SourceError as error:
            warn(f"{error}; skipped")
            continue
        pixels[len(names)] = to_pixels(frame, spec)
        class_ids.append(class_id)
        names.append(str(path.relative_to(folder)))
        sizes.append((frame.shape[1], frame.shape[0]))
    if not names:
        raise DataError(
            f"{folder}: none of its {len(found)} pictures can be read; replace them, or name"
            " another folder"
        )
    return Pictures(
        pixels[: len(names)], np.array(class_ids, np.int64), np.array(names), np.array(sizes)
    )
