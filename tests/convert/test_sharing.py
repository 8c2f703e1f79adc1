"""convert.graph.sharing: equal parts are written once, what ties made unequal is equal again."""

from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from convert.graph.sharing import SharingBuilder, unite_kernels


def test_types_are_kept_apart():
    builder = SharingBuilder(64)
    zeros = np.zeros(2, np.int32)
    first = builder.CreateNumpyVector(zeros)
    assert builder.CreateNumpyVector(zeros.copy()) == first
    assert builder.CreateNumpyVector(zeros.view(np.int64)) != first
    assert builder.CreateString("name") == builder.CreateString(b"name")


def two_kernels(second):
    """A model of two kernels, the first of 0 alone."""
    first = np.zeros(len(second), np.int8)
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.subgraphs, model.buffers, graph.tensors = [graph], [], []
    for number, values in enumerate((first, second)):
        buffer, tensor = schema.BufferT(), schema.TensorT()
        buffer.data = values.astype(np.int8).view(np.uint8)
        tensor.type, tensor.buffer = schema.TensorType.INT8, number
        model.buffers.append(buffer)
        graph.tensors.append(tensor)
    return model


@pytest.mark.parametrize(
    ("places", "step", "united"),
    [([7], 1, True), ([7, 1999], -1, True), ([1, 2, 3], 1, False), ([7], 2, False)],
)
def test_kernels_that_differ_by_ties_alone_become_equal(places, step, united):
    second = np.zeros(2000, int)
    second[places] = step
    model = two_kernels(second)
    unite_kernels(model)
    first, second = (buffer.data for buffer in model.buffers)
    assert np.array_equal(first, second) is united


def test_short_kernels_stay_as_they_are():
    model = two_kernels(np.eye(1, 900)[0])
    unite_kernels(model)
    assert model.buffers[1].data[0] == 1
