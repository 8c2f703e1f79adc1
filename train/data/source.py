"""The data set that --data names: a folder of photos, an .npz file, or a name such as cifar10."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from edge.errors import DataError
from train.data.arrays import ArrayParts, load_arrays
from train.data.dataset import Dataset
from train.data.division import divide
from train.data.folder import list_folder
from train.data.material import Material, array_material, folder_material
from train.data.names import NAMES
from train.data.pictures import Listing, Picture
from train.data.split import Shares
from train.data.told import told_before_errors

PHOTO_SIZE = 64  # pixels; what photos get where no size is asked for
_WAYS = f"give a folder with one folder a class, an .npz file, or {', '.join(NAMES)}"


def load(
    source: str,
    *,
    seed: int,
    size: int | None = None,
    photo_size: int = PHOTO_SIZE,
    shares: Shares | None = None,
) -> Dataset:
    """The data set that ``--data`` names, divided by ``seed`` where it does not come divided.

    ``size`` is the side in pixels that pictures get; None: ``photo_size`` for a folder's photos,
    and arrays stay as they are. Raises DataError, and UsageError for impossible shares.
    """
    shares = shares or Shares()
    shares.check()
    material = load_material(source, size=size, photo_size=photo_size)
    with told_before_errors(material.skipped, material.notes):
        return divide(material, shares, seed)


def load_material(
    source: str, *, size: int | None, photo_size: int, keep_parts: bool = True
) -> Material:
    """The pictures before they are divided; not ``keep_parts``: nor by their source."""
    if _is_folder(source):
        listing = list_folder(Path(source))
        with told_before_errors(listing.skipped, listing.notes):
            return folder_material(listing, size or photo_size, keep_parts=keep_parts)
    material = array_material(load_arrays(source), size, keep_parts=keep_parts)
    return replace(material, notes=(*material.notes, *_about_name(source)))


def pictures_of(source: str) -> Listing:
    """Every picture that ``--data`` names, as it is there, in no parts but the user's own.

    A folder's photos are read while they are taken. Raises DataError.
    """
    if _is_folder(source):
        return list_folder(Path(source))
    arrays = load_arrays(source)
    count = len(arrays.train) + (len(arrays.test) if arrays.test else 0)
    return Listing(
        source, arrays.name, arrays.labels, count, _each(arrays), notes=_about_name(source)
    )


def _each(arrays: ArrayParts) -> Iterator[Picture]:
    for part, images in (("train", arrays.train), ("test", arrays.test)):
        if images is None:
            continue
        given = "" if arrays.test is None else part
        for pixels, class_id, name in zip(
            images.pixels, images.class_ids, images.names, strict=True
        ):
            yield Picture(pixels, int(class_id), str(name), part=given)  # type: ignore[arg-type]


def _about_name(source: str) -> list[str]:
    """A line where a folder here has the name of a known data set."""
    if source not in NAMES or not Path(source).is_dir():
        return []
    return [f"--data {source}: the known data set; for the folder here write ./{source}"]


def _is_folder(source: str) -> bool:
    """True for a folder, False for arrays; DataError for what is neither."""
    path = Path(source)
    if not source.strip():
        raise DataError(f"--data: is empty; {_WAYS}")
    if source in NAMES:
        return False
    if path.is_dir():
        return True
    if path.suffix.lower() == ".npz":
        return False
    fault = "not a data set" if path.exists() else "no such file or folder"
    raise DataError(f"{source}: {fault}; {_WAYS}")
