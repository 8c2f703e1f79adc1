"""The IDX format of MNIST and its kin: arrays of bytes behind a small header, gzipped."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError

_UNSIGNED_BYTE = 0x08


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of unsigned bytes in an IDX file (gzip), of the shape that its header tells.

    Format: two zero bytes, the type, the number of axes, their lengths as big-endian uint32, the
    values (Y. LeCun, C. Cortes, C. Burges, "The MNIST Database"). Raises DataError.
    """
    remedy = "install its package again"
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error}); {remedy}") from error
    axes = data[3] if len(data) > 3 else 0
    start = 4 + 4 * axes
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    is_bytes = data[:3] == bytes((0, 0, _UNSIGNED_BYTE))
    if not is_bytes or not axes or len(data) != start + math.prod(shape):
        raise DataError(f"{path}: not an IDX file of bytes, or damaged; {remedy}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
