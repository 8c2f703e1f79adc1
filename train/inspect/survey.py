"""Go over all pictures of a data set once, and keep of each what the checks need."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.drawing import scaled_to_fit
from edge.errors import DataError
from edge.preprocess import FrameToInput, to_pixels
from train.data.pictures import Listing, Picture
from train.inspect.features import BATCH, Describe, describer
from train.inspect.look import Look, look_at

TILE = 144  # pixels, the longer side of a picture as the sheets show it
_SMALL = 32  # side at which pictures are compared with each other, as by edge.likeness
_TILE_QUALITY = 92


@dataclass(frozen=True, eq=False)
class Survey:
    """A data set as it was found. The lists have one entry a picture, n in all."""

    name: str
    source: str  # as --data named it
    labels: tuple[str, ...]
    size: int  # side in pixels that a training would give the pictures
    looks: tuple[Look, ...]
    small: NDArray[np.uint8]  # (n, 32, 32, channels), the whole of each, squashed
    tiles: tuple[bytes, ...]  # each whole picture, small, as JPEG
    described: NDArray[np.int64]  # (m,), positions of the pictures that have features
    features: NDArray[np.float32]  # (m, numbers)
    skipped: tuple[str, ...]  # a line for each file that could not be used
    notes: tuple[str, ...]

    @property
    def class_ids(self) -> NDArray[np.int64]:
        """(n,), 0 to classes - 1."""
        return np.array([look.class_id for look in self.looks], np.int64)

    @property
    def names(self) -> NDArray[np.str_]:
        """(n,), where each picture came from."""
        return np.array([look.name for look in self.looks])

    @property
    def is_folder(self) -> bool:
        """True for files, False for arrays."""
        return bool(self.looks[0].kind)

    @property
    def is_drawn(self) -> bool:
        """True for grey arrays such as digits, for which black and white are no faults."""
        return self.small.shape[3] == 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """(classes,), pictures of each."""
        return np.bincount(self.class_ids, minlength=len(self.labels))

    @property
    def training_counts(self) -> NDArray[np.int64]:
        """(classes,), pictures of each that a training may learn from."""
        learned = [look.class_id for look in self.looks if look.part not in ("validation", "test")]
        return np.bincount(np.array(learned, np.int64), minlength=len(self.labels))


class _Descriptions:
    """Features of some of the pictures, computed in batches while they are read."""

    def __init__(self, wanted: NDArray[np.bool_]) -> None:
        self.fault = ""
        self.positions: list[int] = []
        self._wanted = wanted
        self._describe: Describe | None = None
        self._frames: list[NDArray[np.uint8]] = []
        self._rows: list[NDArray[np.float32]] = []

    def add(self, position: int, frame: NDArray[np.uint8]) -> None:
        if self.fault or not self._wanted[position]:
            return
        if self._describe is None:
            try:
                self._describe = describer(frame)
            except DataError as error:
                self.fault = f"labels were not checked: {error}"
                return
        self._frames.append(frame)
        self.positions.append(position)
        if len(self._frames) == BATCH:
            self._flush()

    def all(self) -> NDArray[np.float32]:
        self._flush()
        return np.concatenate(self._rows) if self._rows else np.empty((0, 0), np.float32)

    def _flush(self) -> None:
        if self._frames and self._describe:
            self._rows.append(self._describe(self._frames))
            self._frames = []


def survey(listing: Listing, source: str, *, size: int, seed: int, most: int) -> Survey:
    """Look at every picture, and describe ``most`` of them, drawn by ``seed``, for their labels.

    ``size`` is the side in pixels that photos get in a training; arrays stay as they are. Raises
    DataError when there is no picture.
    """
    folder = Path(source) if Path(source).is_dir() else None
    wanted = np.random.default_rng(seed).permutation(listing.count) < most
    descriptions = _Descriptions(wanted)
    looks, small, tiles = [], [], []
    for position, picture in enumerate(_with_progress(listing)):
        if folder is None:
            size = min(picture.frame.shape[:2])
        looks.append(look_at(picture, folder, size))
        small.append(_small(picture.frame))
        tiles.append(_tile(picture.frame))
        descriptions.add(position, picture.frame)
    if not looks:
        raise DataError(f"{source}: no readable picture; add photos")
    features = descriptions.all()
    notes = [*listing.notes, *([descriptions.fault] if descriptions.fault else [])]
    return Survey(
        name=listing.name,
        source=source,
        labels=listing.labels,
        size=size,
        looks=tuple(looks),
        small=np.stack(small),
        tiles=tuple(tiles),
        described=np.array(descriptions.positions, np.int64),
        features=features,
        skipped=tuple(listing.skipped),
        notes=tuple(notes),
    )


def _with_progress(listing: Listing) -> Iterator[Picture]:
    yield from tqdm(
        listing.pictures,
        total=listing.count,
        desc=f"looking at {listing.name}",
        unit="photo",
        disable=not sys.stderr.isatty(),
    )


def _small(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    spec = FrameToInput(width=_SMALL, height=_SMALL, channels=frame.shape[2], crop="squash")
    return to_pixels(frame, spec)


def _tile(frame: NDArray[np.uint8]) -> bytes:
    """The whole picture as a small JPEG; one that is small already keeps its size."""
    if frame.shape[2] == 1:
        frame = np.repeat(frame, 3, axis=2)
    shown = scaled_to_fit(frame, TILE, TILE) if max(frame.shape[:2]) > TILE else frame
    options = [cv2.IMWRITE_JPEG_QUALITY, _TILE_QUALITY]
    return cv2.imencode(".jpg", cv2.cvtColor(shown, cv2.COLOR_RGB2BGR), options)[1].tobytes()
