"""Write equal parts of a flatbuffer once, kernels among them that are equal but for ties."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

MODEL_IDENTIFIER = b"TFL3"
_FEWEST = 1000  # values of a kernel that is compared with others
_TIES = 1e-3  # share of its values that may differ by one step


class SharingBuilder(flatbuffers.Builder):
    """A builder in which equal texts and equal arrays are one.

    The format refers to both by their place, so any reader takes it. A full-int8 file holds a zero
    point and a scale for each filter of a layer, twice, and most of the zero points are 0: of a
    small network's file, six of a hundred bytes go. Layers that share weights share them here.
    """

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._places: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:
        """The place of an array (n,)."""
        key = (x.dtype.str, np.ascontiguousarray(x).tobytes())
        if key not in self._places:
            self._places[key] = super().CreateNumpyVector(x)
        return self._places[key]

    def CreateString(self, s: str | bytes, *args: Any) -> int:
        """The place of a text."""
        key = ("text", s if isinstance(s, bytes) else s.encode())
        if key not in self._places:
            self._places[key] = super().CreateString(s, *args)
        return self._places[key]


def unite_kernels(model: schema.ModelT) -> None:
    """Make int8 kernels equal that differ by the rounding of ties alone.

    A layer that is applied twice, with a norm of its own each time, is two kernels in the file. A
    value between two steps then may be rounded up in one and down in the other, by the last bit of
    a product, and the kernel would be written twice.
    """
    numbers = {
        int(tensor.buffer)
        for graph in model.subgraphs
        for tensor in graph.tensors
        if tensor.type == schema.TensorType.INT8 and model.buffers[tensor.buffer].data is not None
    }
    kernels: list[schema.BufferT] = []
    for number in sorted(numbers):
        buffer = model.buffers[number]
        if len(buffer.data) < _FEWEST:
            continue
        twin = next((each for each in kernels if _nearly_equal(each.data, buffer.data)), None)
        if twin is None:
            kernels.append(buffer)
        else:
            buffer.data = twin.data


def _nearly_equal(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    if len(a) != len(b):
        return False
    steps = np.abs(np.asarray(a).view(np.int8).astype(int) - np.asarray(b).view(np.int8))
    return bool(steps.max() <= 1 and np.count_nonzero(steps) <= _TIES * len(a))
