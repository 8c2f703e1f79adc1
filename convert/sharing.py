"""Write equal parts of a flatbuffer once."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

MODEL_IDENTIFIER = b"TFL3"


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


def shared(data: bytes | bytearray) -> bytes:
    """The same model, equal parts of it written once."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data)))
    builder = SharingBuilder(len(data))
    builder.Finish(model.Pack(builder), file_identifier=MODEL_IDENTIFIER)
    return bytes(builder.Output())
