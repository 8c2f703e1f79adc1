"""Arrays in .npz files: read with all their ways to be damaged in mind, written whole."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from edge.atomic import replace_file
from edge.errors import DataError


def read_arrays(path: Path, needed: Sequence[str], remedy: str) -> dict[str, NDArray[Any]]:
    """All arrays of the file by name, among them the ``needed`` ones.

    Raises DataError, which ends in ``remedy``, for a file that is missing, damaged, or lacks one.
    """
    try:
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise ValueError("a single array")
            arrays = dict(archive)
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; {remedy}") from error
    except (OSError, ValueError, EOFError, BadZipFile, zlib.error, NotImplementedError) as error:
        raise DataError(f"{path}: not a readable .npz file ({error}); {remedy}") from error
    for name in needed:
        if name not in arrays:
            raise DataError(f"{path}: has no array {name}; {remedy}")
    return arrays


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """The arrays as an .npz file, whole or not at all; OutputError when it cannot be."""
    # Through memory: on a full disk an open zip file complains a second time when it is dropped.
    packed = BytesIO()
    np.savez(packed, **arrays)
    with replace_file(path) as stream:
        stream.write(packed.getbuffer())
