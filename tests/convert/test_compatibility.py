"""convert.compatibility: what is told of a file is what the runtimes do with it."""

from __future__ import annotations

import pytest

flatbuffers = pytest.importorskip("flatbuffers")
schema = pytest.importorskip("ai_edge_litert.schema_py_generated")

from convert.compatibility import judge, operators, require_devices  # noqa: E402
from convert.compatibility import runtimes as runtimes_module  # noqa: E402
from convert.compatibility.graph import read_graph  # noqa: E402
from convert.compatibility.limits import beyond, limits_of  # noqa: E402
from convert.compatibility.tiny import tiny_model  # noqa: E402
from convert.compatibility.trial import try_on  # noqa: E402
from edge.errors import DataError  # noqa: E402
from edge.runtime import import_interpreter, installed  # noqa: E402

CODES = schema.BuiltinOperator
_TFLITE, _LITERT, _MEDIAPIPE, _EDGETPU = range(4)


def changed(change, data=None):
    """A model after ``change`` of its object; the tiny one unless ``data`` are given."""
    root = schema.Model.GetRootAs(bytearray(data or tiny_model()), 0)
    model = schema.ModelT.InitFromObj(root)
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def typed(name):
    def change(model):
        for tensor in model.subgraphs[0].tensors:
            tensor.type = getattr(schema.TensorType, name)

    return change


@pytest.mark.parametrize("runtime", installed())
@pytest.mark.parametrize("operator", ["FULLY_CONNECTED", "CONV_2D", "BROADCAST_TO", "GELU"])
def test_the_table_is_what_the_installed_runtime_takes(runtime, operator):
    first, last = limits_of(runtime).operators[operator]
    interpreter = import_interpreter(runtime).Interpreter
    for version in range(1, last + 3):
        data = tiny_model(operator=(getattr(CODES, operator), version))
        takes = first <= version <= last
        assert (not beyond(read_graph(data), limits_of(runtime))) == takes
        if takes:
            interpreter(model_content=data).allocate_tensors()
        else:
            with pytest.raises(ValueError, match="Didn't find op"):
                interpreter(model_content=data)


def test_dense_layers_of_dynamic_range_files_are_too_new_for_2_14():
    data = tiny_model(operator=(CODES.FULLY_CONNECTED, 12))
    verdicts = judge(data)
    assert not verdicts[_TFLITE].takes
    assert verdicts[_TFLITE].reasons == ("FULLY_CONNECTED version 12; 2.14.0 has it up to 10",)
    assert verdicts[_LITERT].takes
    assert verdicts[_MEDIAPIPE].takes


def test_a_file_that_no_old_device_loads_is_refused_unless_allowed():
    data = tiny_model(operator=(CODES.FULLY_CONNECTED, 12))
    with pytest.raises(
        DataError, match=r"^new\.tflite: tflite-runtime 2\.14 would not.*version 12"
    ):
        require_devices(data, "new.tflite")
    assert not require_devices(data, "new.tflite", allow_newer=True)[_TFLITE].takes


def test_a_file_that_no_device_loads_is_refused_in_any_case():
    data = tiny_model(operator=(CODES.FULLY_CONNECTED, 19))
    with pytest.raises(DataError, match=r"^new\.tflite: LiteRT 2\.x would not"):
        require_devices(data, "new.tflite", allow_newer=True)


def test_a_runtime_that_is_not_installed_is_judged_by_the_table(monkeypatch):
    # As on Python 3.12 and later, where tflite-runtime has no wheel.
    monkeypatch.setattr(runtimes_module, "installed", lambda: ())
    new, old = (judge(tiny_model(operator=(CODES.FULLY_CONNECTED, v))) for v in (12, 10))
    assert (new[_TFLITE].takes, old[_TFLITE].takes) == (False, True)
    assert "not installed here" in new[_TFLITE].basis


def test_a_trial_outweighs_the_table(monkeypatch):
    """A file can keep to the versions and fail all the same."""

    def misfit(model):
        model.subgraphs[0].tensors[1].type = schema.TensorType.FLOAT32  # pooling keeps the type

    data = changed(misfit)
    assert beyond(read_graph(data), limits_of("litert")) == ()
    verdict = judge(data)[_LITERT]
    assert not verdict.takes
    assert "cannot load it" in verdict.reasons[0]


def test_custom_operators_are_named():
    def custom(model):
        model.operatorCodes[0].builtinCode = CODES.CUSTOM
        model.operatorCodes[0].deprecatedBuiltinCode = CODES.CUSTOM
        model.operatorCodes[0].customCode = "FlexErf"

    verdicts = judge(changed(custom))
    assert [verdict.takes for verdict in verdicts] == [False] * 4
    assert verdicts[_TFLITE].reasons == ("FlexErf is a custom operator, which it does not have",)


def test_newer_tensor_types_are_named():
    data = changed(typed("BFLOAT16"))
    assert beyond(read_graph(data), limits_of("tflite-runtime")) == (
        "bfloat16 tensors, which 2.14.0 lacks",
    )
    assert try_on("tflite-runtime", data) if "tflite-runtime" in installed() else True


def test_operators_with_versions_counts_and_types(digits_model):
    rows = {row.name: row for row in operators(digits_model.read_bytes())}
    assert rows["CONV_2D"].version == 3
    assert rows["CONV_2D"].types == ("int8, int32 -> int8",)
    assert rows["QUANTIZE"].count == 2
    assert set(rows["QUANTIZE"].types) == {"uint8 -> int8", "int8 -> uint8"}
    assert (next(iter(rows)), next(reversed(rows))) == ("QUANTIZE", "SOFTMAX")


def test_an_operator_that_is_listed_but_not_used_counts_zero():
    row = operators(tiny_model(operator=(CODES.ADD, 3)))[-1]
    assert (row.name, row.version, row.count, row.types) == ("ADD", 3, 0, ())


def test_our_own_file_is_taken_by_all_but_grey_not_by_mediapipe(digits_model, photos_model):
    grey, colour = judge(digits_model.read_bytes()), judge(photos_model.read_bytes())
    assert [verdict.takes for verdict in colour] == [True] * 4
    assert [verdict.takes for verdict in grey] == [True, True, False, True]


def no_batch(model):
    model.subgraphs[0].tensors[0].shapeSignature = [-1, 8, 8, 3]


def activated(model):
    options = model.subgraphs[0].operators[0].builtinOptions
    options.fusedActivationFunction = schema.ActivationFunctionType.RELU


def renamed(model):
    model.operatorCodes[0].builtinCode = CODES.GELU
    model.operatorCodes[0].deprecatedBuiltinCode = 127


def deep(model):
    model.subgraphs[0].tensors[0].shape = [2, 8, 8, 3]


@pytest.mark.parametrize(
    "change, reason",
    [
        pytest.param(typed("FLOAT32"), "computes in float32", id="float"),
        pytest.param(no_batch, "has tensors of free size", id="free batch"),
        pytest.param(activated, "AVERAGE_POOL_2D with a fused activation", id="activation"),
        pytest.param(renamed, "GELU is none of its operators", id="operator"),
        pytest.param(deep, "(2, 8, 8, 3) has more than three dimensions", id="batch of two"),
    ],
)
def test_edge_tpu_rules(change, reason):
    from convert.compatibility.edgetpu import judge_edgetpu

    verdict = judge_edgetpu(read_graph(changed(change)))
    assert not verdict.takes
    assert verdict.reasons[0].startswith(reason)


def test_edge_tpu_takes_the_sound_file_once_compiled():
    verdict = judge(tiny_model())[_EDGETPU]
    assert verdict.takes
    assert "edgetpu_compiler" in verdict.reasons[0]
    assert "not tried" in verdict.basis
