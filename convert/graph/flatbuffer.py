"""A .tflite file as objects that can be read and changed, and back."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema

from convert.graph.sharing import MODEL_IDENTIFIER, SharingBuilder

BIAS = 2  # which input of a layer with weights its bias is; the weights are the one before


def parse(data: bytes | bytearray) -> schema.ModelT:
    """The file's model; a copy, so that ``data`` stays as it is."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data)))


def pack(model: schema.ModelT) -> bytes:
    """The file of a model, equal parts of it once."""
    builder = SharingBuilder(1024)
    builder.Finish(model.Pack(builder), file_identifier=MODEL_IDENTIFIER)
    return bytes(builder.Output())


def kind_of(model: schema.ModelT, operator: schema.OperatorT) -> int:
    """Which BuiltinOperator it is."""
    code = model.operatorCodes[operator.opcodeIndex]
    # Old files know the int8 field alone; newer ones fill both, capped at 127 in the old one.
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))
