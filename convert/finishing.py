"""What a file of TensorFlow's converter needs before it goes to a device."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema

from convert.biases import with_biases
from convert.names import shorten_names
from convert.sharing import MODEL_IDENTIFIER, SharingBuilder, unite_kernels


def finished(data: bytes | bytearray) -> bytes:
    """The same network with the biases that a runtime needs, short names, equal parts once."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(with_biases(data))))
    shorten_names(model)
    unite_kernels(model)
    builder = SharingBuilder(len(data))
    builder.Finish(model.Pack(builder), file_identifier=MODEL_IDENTIFIER)
    return bytes(builder.Output())
