"""All pictures of a source in one size, with what a division of them must respect."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.errors import DataError
from edge.likeness import digest
from edge.preprocess import FrameToInput, to_pixels
from train.data.arrays import ArrayParts, resized
from train.data.dataset import Images
from train.data.groups import cut_large, first_equal, scenes
from train.data.layout import shortened
from train.data.notes import (
    about_alike,
    about_cut,
    about_divided,
    about_equal,
    about_leaks,
    about_scenes,
)
from train.data.pictures import Listing, Picture

_LOOK = FrameToInput(width=32, height=32, channels=3, crop="squash")  # as edge.likeness sees it


@dataclass(frozen=True)
class Material:
    """Pictures that are not divided yet; all arrays have the same length."""

    source: str  # as the user named it
    name: str
    labels: tuple[str, ...]
    images: Images
    parts: NDArray[np.str_]  # (n,), a Part: where the user put each
    scenes: NDArray[np.int64]  # (n,), equal for pictures that must not be parted
    is_doubtful: NDArray[np.bool_]  # (n,), stands in two classes: no answer to it is right
    spec: FrameToInput
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def folder_material(listing: Listing, side: int, *, keep_parts: bool = True) -> Material:
    """The photos of a listing, each as the device would see it: centred, side x side, RGB.

    Scenes are told by the whole photos, so that they do not depend on ``side``. Not
    ``keep_parts``: as if the user had put no photo into a part. Raises DataError when fewer than
    two classes have pictures.
    """
    spec = FrameToInput(width=side, height=side, channels=3)
    pixels, looks, read = [], [], []
    keys: list[bytes] = []
    progress = tqdm(
        listing.pictures,
        desc=f"reading {listing.name}",
        total=listing.count,
        unit="photo",
        disable=not sys.stderr.isatty(),
    )
    for picture in progress:
        pixels.append(to_pixels(picture.frame, spec))
        # Of the whole photo: a thumbnail averages what moved before a fixed camera away.
        keys.append(digest(picture.frame))
        looks.append(to_pixels(picture.frame, _LOOK))
        part = picture.part if keep_parts else ""
        # Without the whole photo: all of them would fill the memory.
        read.append(replace(picture, frame=looks[-1], part=part))
    if not read:
        raise DataError(f"{listing.source}: no readable picture in any class folder; add photos")
    kept, labels = _learnable(listing, read)
    images = _images([pixels[i] for i in kept], [read[i] for i in kept], labels, listing.labels)
    material = Material(
        source=listing.source,
        name=listing.name,
        labels=labels,
        images=images,
        parts=np.array([read[i].part for i in kept]),
        scenes=np.arange(len(images)),
        is_doubtful=np.zeros(len(images), bool),
        spec=spec,
        skipped=tuple(listing.skipped),
        notes=tuple(listing.notes),
    )
    return with_scenes(material, np.stack([looks[i] for i in kept]), [keys[i] for i in kept])


def array_material(arrays: ArrayParts, side: int | None, *, keep_parts: bool = True) -> Material:
    """The pictures of arrays; at side x side, or as they are when ``side`` is None.

    A test part that the source brings stays as it is, unless not ``keep_parts``: published splits
    are to be compared with what others report on them. Of the training part beside it only equal
    pictures are held together.
    """
    test = arrays.test
    whole = arrays.train if test is None else _joined(arrays.train, test)
    images = resized(whole, side)
    height, width, channels = images.pixels.shape[1:]
    tests = 0 if test is None else len(test)
    parts = np.array(["train"] * len(arrays.train) + ["test"] * tests)
    keep = keep_parts and test is not None
    material = Material(
        source=arrays.source,
        name=arrays.name,
        labels=arrays.labels,
        images=images,
        parts=parts if keep else np.full(len(images), ""),
        scenes=np.arange(len(images)),
        is_doubtful=np.zeros(len(images), bool),
        spec=FrameToInput(width=width, height=height, channels=channels),
    )
    digests = [digest(picture) for picture in whole.pixels]
    if not keep:
        return with_scenes(material, whole.pixels, digests)
    equal = first_equal(digests)
    doubtful, notes = about_equal(arrays.train, equal[: len(arrays.train)])
    return replace(
        material,
        scenes=equal,
        is_doubtful=np.concatenate([doubtful, np.zeros(tests, bool)]),
        notes=(*notes, *about_leaks(whole, parts == "test", equal)),
    )


def with_scenes(material: Material, looks: NDArray[np.uint8], digests: list[bytes]) -> Material:
    """The material with its scenes, as told by ``looks`` (n, height, width, channels).

    Equal pictures are those of equal ``digests``.
    """
    images = material.images
    equal = first_equal(digests)
    found = scenes(looks, images.class_ids, images.names, equal)
    doubtful, notes = about_equal(images, equal)
    parted, cut = cut_large(found, images.class_ids, images.names, equal)
    notes += about_scenes(images, parted)
    notes += about_alike(images, found, doubtful)
    notes += about_divided(images, found, material.parts)
    notes += about_cut(material.labels, images, cut)
    return replace(
        material, scenes=parted, is_doubtful=doubtful, notes=material.notes + tuple(notes)
    )


def _learnable(listing: Listing, read: list[Picture]) -> tuple[list[int], tuple[str, ...]]:
    """Pictures whose class can be learned, and those classes; the others are told and left out."""
    learned = {p.class_id for p in read if p.part not in ("validation", "test")}
    for class_id, label in enumerate(listing.labels):
        if class_id not in learned:
            listing.skipped.append(
                f"{listing.source}: class {label} has no readable training picture; left out"
            )
    if len(learned) < 2:
        raise DataError(
            f"{listing.source}: has {len(learned)} class(es) with training pictures; a classifier"
            f" needs two or more, one folder with photos for each class{_meant(listing, read)}"
        )
    kept = [i for i, picture in enumerate(read) if picture.class_id in learned]
    return kept, tuple(listing.labels[class_id] for class_id in sorted(learned))


def _meant(listing: Listing, read: list[Picture]) -> str:
    """The folder that a user may have meant: one lower, as archives are unpacked."""
    inner = Path(listing.source) / listing.labels[0]
    names = sorted({picture.group.split("/")[0] for picture in read if picture.group})
    if len(listing.labels) > 1 or len(names) < 2 or not inner.is_dir():
        return ""
    return f"; {inner} holds folders ({shortened(names)}): if these are the classes, name it"


def _images(
    pixels: list[NDArray[np.uint8]],
    pictures: list[Picture],
    labels: tuple[str, ...],
    all_labels: tuple[str, ...],
) -> Images:
    """The pictures, their classes numbered as in ``labels``."""
    numbers = {label: number for number, label in enumerate(labels)}
    return Images(
        np.stack(pixels),
        np.array([numbers[all_labels[p.class_id]] for p in pictures], np.int64),
        np.array([p.name for p in pictures]),
        np.array([p.group for p in pictures]),
    )


def _joined(one: Images, other: Images) -> Images:
    columns = ((getattr(one, c), getattr(other, c)) for c in ("pixels", "class_ids", "names"))
    return Images(*(np.concatenate(pair) for pair in columns))
