"""What a file of TensorFlow's converter needs before it goes to a device."""

from __future__ import annotations

from convert.graph.biases import with_biases
from convert.graph.flatbuffer import pack, parse
from convert.graph.names import shorten_names
from convert.graph.sharing import unite_kernels


def finished(data: bytes | bytearray) -> bytes:
    """The same network with the biases that a runtime needs, short names, equal parts once."""
    model = parse(with_biases(data))
    shorten_names(model)
    unite_kernels(model)
    return pack(model)
