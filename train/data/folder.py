"""A folder of photos, one folder a class, as a data set."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.errors import DataError, SourceError
from edge.pictures import list_pictures, read_picture
from edge.preprocess import FrameToInput, to_pixels
from train.data.dataset import Dataset, Images, check_classes, split_off

_TEST_SHARE = 0.2
_VALIDATION_SHARE = 0.125  # of what the test part leaves: a tenth of all
_FEWEST_PICTURES = 4  # a class needs one for each part, and two to learn from


def load_folder(folder: Path, *, size: int, seed: int) -> Dataset:
    """Photos of ``folder/CLASS/``, each as the device would see it: centred, size x size, RGB.

    Files that are no readable picture are skipped and listed. Raises DataError.
    """
    spec = FrameToInput(width=size, height=size, channels=3)
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(classes) < 2:
        raise DataError(
            f"{folder}: has {len(classes)} class folder(s); a classifier needs two or more,"
            " one folder with photos for each class"
        )
    images, skipped = _read_classes(folder, classes, spec)
    labels = tuple(path.name for path in classes)
    counts = np.bincount(images.class_ids, minlength=len(labels))
    for path, count in zip(classes, counts, strict=True):
        if count < _FEWEST_PICTURES:
            raise DataError(
                f"{path}: has {count} readable picture(s); add photos (at least"
                f" {_FEWEST_PICTURES}, better 50 or more) or remove the folder"
            )
    rng = np.random.default_rng(seed)
    rest, test = split_off(images.class_ids, _TEST_SHARE, rng)
    kept, taken = split_off(images.class_ids[rest], _VALIDATION_SHARE, rng)
    check_classes(str(folder), images.class_ids[rest[kept]], labels)
    return Dataset(
        name=folder.name,
        labels=labels,
        train=images.take(rest[kept]),
        validation=images.take(rest[taken]),
        test=images.take(test),
        spec=spec,
        skipped=tuple(skipped),
    )


def _read_classes(
    folder: Path, classes: list[Path], spec: FrameToInput
) -> tuple[Images, list[str]]:
    """Every readable picture of every class, and a line for each file that is none."""
    paths = [(class_id, path) for class_id, c in enumerate(classes) for path in sorted(c.iterdir())]
    pixels: list[NDArray[np.uint8]] = []
    class_ids: list[int] = []
    names: list[str] = []
    skipped: list[str] = []
    pictures = {path for c in classes for path in list_pictures(c)}
    progress = tqdm(paths, desc=f"reading {folder}", unit="photo", disable=not sys.stderr.isatty())
    for class_id, path in progress:
        if path.name.startswith("."):
            continue
        if path not in pictures:
            skipped.append(f"{path}: not a picture file; skipped")
            continue
        try:
            frame = read_picture(path)
        except SourceError as error:
            skipped.append(str(error))
            continue
        pixels.append(to_pixels(frame, spec))
        class_ids.append(class_id)
        names.append(str(path.relative_to(folder)))
    if not pixels:
        raise DataError(f"{folder}: no readable picture in any class folder; add photos")
    return Images(np.stack(pixels), np.array(class_ids, np.int64), np.array(names)), skipped
