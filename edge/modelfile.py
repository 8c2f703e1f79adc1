"""The .tflite file before any interpreter sees it: read once, checked, and asked for its facts."""

from __future__ import annotations

import io
import math
import struct
from pathlib import Path
from typing import NamedTuple

from edge.digest import Digest
from edge.errors import ModelFileError
from edge.flatbuffer import DamagedError, Schema, Table

_IDENTIFIER = b"TFL3"  # bytes 4 to 8 of every TFLite file
_ZIP_ENTRY = b"PK\x03\x04"
_ZIP_END = b"PK\x05\x06"  # begins the last record of a zip, which a comment may follow
_LONGEST_ZIP_END = 22 + 65535  # bytes, with the comment

# Builtin operators, numbered by tensorflow/lite/schema/schema.fbs.
_DEQUANTIZE, _FULLY_CONNECTED, _LOGISTIC, _RESHAPE, _SOFTMAX, _CUSTOM, _SQUEEZE, _QUANTIZE = (
    6,
    9,
    14,
    22,
    25,
    32,
    43,
    114,
)
_KEEPS_VALUES = (_DEQUANTIZE, _RESHAPE, _SQUEEZE, _QUANTIZE)
_OPTIONS_WITH_VECTOR = (17, 30)  # ReshapeOptions, SqueezeOptions: int32 vector in field 0
_INT8 = 9
_LIMITS = {3: (0, 255), _INT8: (-128, 127)}  # of the tensor types UINT8 and INT8

# On ARM, tflite-runtime 2.14 has one function for dense layers with fewer outputs, and it reads a
# bias that is not there.
FEWEST_OUTPUTS_WITHOUT_BIAS = 4

# What refers to what, field numbers in the order of the same file.
_OPERATOR_CODE = Schema(strings=(1,))
_QUANTIZATION = Schema(vectors={0: 4, 1: 4, 2: 4, 3: 8}, tables={5: Schema()})
_TENSOR = Schema(strings=(3,), vectors={0: 4, 7: 4}, tables={4: _QUANTIZATION, 6: Schema()})
_OPERATOR = Schema(vectors={1: 4, 2: 4, 5: 1, 7: 1, 8: 4}, tables={4: Schema(), 12: Schema()})
_SUBGRAPH = Schema(strings=(4,), vectors={1: 4, 2: 4}, table_vectors={0: _TENSOR, 3: _OPERATOR})
_TENSOR_MAP = Schema(strings=(0,))
_SIGNATURE = Schema(strings=(2,), table_vectors={0: _TENSOR_MAP, 1: _TENSOR_MAP})
_MODEL = Schema(
    strings=(3,),
    vectors={5: 4},
    table_vectors={
        1: _OPERATOR_CODE,
        2: _SUBGRAPH,
        4: Schema(vectors={0: 1}),  # buffers: the weights
        6: Schema(strings=(0,)),  # metadata entries
        7: _SIGNATURE,
    },
)


class Normalization(NamedTuple):
    """A float input's numbers, as the file's TFLite Metadata states them: (pixel - mean) / std."""

    mean: tuple[float, ...]  # one value, or one a channel; in pixel values
    std: tuple[float, ...]


class ModelFile(NamedTuple):
    """A whole .tflite file and what its structure says."""

    data: bytes
    digest: Digest
    custom_operators: tuple[str, ...]  # names of operators that are not TFLite's own
    gives_probabilities: bool  # the graph ends in a softmax or a sigmoid
    normalization: Normalization | None
    lacks_bias: bool = False  # an int8 dense layer that tflite-runtime crashes on, on ARM
    has_texts: bool = False  # a zip at its end may hold labels and a card


def read_model_file(path: Path) -> ModelFile:
    """The file at ``path``; ModelFileError when it is missing, unreadable, foreign or damaged."""
    data = _read(path)
    if data[4:8] != _IDENTIFIER:
        raise ModelFileError(
            f"{path}: not a TFLite model; convert yours with `python -m convert.quantize`"
        )
    digest = Digest(data)
    try:
        return _inspect(data, digest)
    except (DamagedError, struct.error, IndexError) as error:
        raise ModelFileError(
            f"{path}: damaged or cut short ({error}); copy the file again"
        ) from error


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelFileError(
            f"{path}: no such file; make a model with `python -m convert.quantize` "
            "or name another file"
        ) from error
    except IsADirectoryError as error:
        raise ModelFileError(f"{path}: is a folder; name the .tflite file in it") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise ModelFileError(
            f"{path}: cannot be read ({_reason(error)}); check the path and its permissions"
        ) from error
    if not data:
        raise ModelFileError(f"{path}: the file is empty; copy it again")
    return data


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _inspect(data: bytes, digest: Digest) -> ModelFile:
    """Visit every table, so that no interpreter follows an offset out of the file."""
    model = Table.root(data)
    end = max(model.check(_MODEL), _end_of_outside_buffers(model))
    if end > len(data):
        raise DamagedError(f"byte {end} is needed, the file has {len(data)}")
    tail = data[end:].lstrip(b"\0")
    has_texts = _ends_in_zip(data)
    if tail and _ZIP_ENTRY.startswith(tail[:4]) and not has_texts:
        raise DamagedError("its labels and card are incomplete")
    subgraphs = model.tables(2)
    if not subgraphs:
        raise DamagedError("no graph in it")
    graph = _Graph(subgraphs[0], model.tables(1))
    _check_values(graph)
    return ModelFile(
        data=data,
        digest=digest,
        custom_operators=graph.custom_operators,
        gives_probabilities=_last_operator(graph) in (_SOFTMAX, _LOGISTIC),
        normalization=_normalization(model),
        lacks_bias=_lacks_bias(graph),
        has_texts=has_texts,
    )


def _ends_in_zip(data: bytes) -> bool:
    if _ZIP_END not in data[-_LONGEST_ZIP_END:]:
        return False
    from zipfile import is_zipfile  # here, as it takes longer to import than a file to look through

    return is_zipfile(io.BytesIO(data))


class _Graph:
    """The tables of the first subgraph, read once."""

    def __init__(self, subgraph: Table, codes: list[Table]) -> None:
        self.tensors = subgraph.tables(0)
        self.inputs, self.outputs = subgraph.integers(1), subgraph.integers(2)
        self.operators = subgraph.tables(3)
        self._codes = [_builtin_code(code) for code in codes]
        self.custom_operators = tuple(
            table.string(1)
            for table, code in zip(codes, self._codes, strict=True)
            if code == _CUSTOM
        )

    def code(self, operator: Table) -> int:
        """Which of TFLite's operators it is."""
        return self._codes[operator.integer(0, "I")]


def _check_values(graph: _Graph) -> None:
    """Read what interpreters trust and crash on."""
    for operator in graph.operators:
        options = operator.table(4)
        if options is not None and operator.integer(3, "B") in _OPTIONS_WITH_VECTOR:
            options.integers(0)
    ends = {*graph.inputs, *graph.outputs}
    for number, tensor in enumerate(graph.tensors):
        quantization, limits = tensor.table(4), _LIMITS.get(tensor.integer(1, "b"))
        if quantization is None or limits is None:
            continue
        # Of int8 weights there is one a channel, thousands in a file, and all of them 0.
        if not quantization.has_zeros_only(3, 8) and not all(
            limits[0] <= zero <= limits[1] for zero in quantization.integers(3, "q")
        ):
            raise DamagedError(f"zero point out of range in tensor {tensor.string(3)!r}")
        # Inside the graph, converters may leave an unused channel of the weights at zero.
        if number in ends and not all(0 < scale < math.inf for scale in quantization.floats(2)):
            raise DamagedError(f"scale out of range in tensor {tensor.string(3)!r}")


def _end_of_outside_buffers(model: Table) -> int:
    """Where the last buffer ends of those that very large models keep behind the tables."""
    buffers = ((buffer.integer(1, "Q"), buffer.integer(2, "Q")) for buffer in model.tables(4))
    return max((offset + size for offset, size in buffers if offset > 1), default=0)


def _builtin_code(operator_code: Table) -> int:
    # Old files know the int8 field alone; newer ones fill both, capped at 127 in the old one.
    return max(operator_code.integer(0, "b"), operator_code.integer(3, "i"))


def _last_operator(graph: _Graph) -> int | None:
    """Number of the operator whose values leave the graph, None when no operator makes them."""
    makers = {tensor: operator for operator in graph.operators for tensor in operator.integers(2)}
    wanted = graph.outputs[:1]
    while wanted and wanted[0] in makers:
        operator = makers.pop(wanted[0])  # popped, so that a circle ends
        code = graph.code(operator)
        if code not in _KEEPS_VALUES:
            return code
        wanted = operator.integers(1)[:1]
    return None


def _lacks_bias(graph: _Graph) -> bool:
    """True with a dense layer of few outputs, with a scale for each, and no bias."""
    for operator in graph.operators:
        inputs = operator.integers(1)
        if graph.code(operator) != _FULLY_CONNECTED or inputs[2:3] not in ((), (-1,)):
            continue
        weights = graph.tensors[inputs[1]]
        quantization, shape = weights.table(4), weights.integers(0)
        scales = () if quantization is None else quantization.floats(2)
        is_small = bool(shape) and shape[0] < FEWEST_OUTPUTS_WITHOUT_BIAS
        if is_small and weights.integer(1, "b") == _INT8 and len(scales) == shape[0] > 1:
            return True
    return False


def _normalization(model: Table) -> Normalization | None:
    """The input's NormalizationOptions, field numbers of metadata_schema.fbs."""
    for entry in model.tables(6):
        if entry.string(0) == "TFLITE_METADATA":
            metadata = Table.root(model.tables(4)[entry.integer(1, "I")].raw(0))
            inputs = [tensor for graph in metadata.tables(3) for tensor in graph.tables(2)]
            for unit in inputs[0].tables(4) if inputs else []:
                options = unit.table(1)
                if unit.integer(0, "B") == 1 and options is not None:
                    mean, std = options.floats(0), options.floats(1)
                    if mean and len(mean) == len(std) and all(std):
                        return Normalization(mean, std)
    return None
