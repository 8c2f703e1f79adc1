"""edge.modelfile and edge.flatbuffer: no file, however broken, gets as far as the interpreter."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.card import append_files
from edge.errors import ModelFileError
from edge.modelfile import Normalization, read_model_file

# Ends at once on an interpreter that crashes: it takes the process with it.
LOAD_EACH = """
import sys
from pathlib import Path
from edge.classifier import Classifier
from edge.errors import ModelFileError
import numpy as np

source, runtime, *cuts = sys.argv[1:]
data, path = Path(source).read_bytes(), Path(source).with_name("cut.tflite")
for cut in map(int, cuts):
    path.write_bytes(data[:cut])
    print(cut, end=" ", flush=True)
    try:
        Classifier(path, runtime=runtime)
        print("loaded")
    except ModelFileError as error:
        print("refused", error)
"""


def written(folder: Path, data: bytes) -> Path:
    path = folder / "m.tflite"
    path.write_bytes(data)
    return path


def refusals(source: Path, runtime: str, cuts: list[int]) -> list[str]:
    """What became of each cut, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD_EACH, str(source), runtime, *map(str, cuts)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, f"died after: {done.stdout[-200:]} {done.stderr[-400:]}"
    return done.stdout.splitlines()


def test_a_model_cut_anywhere_is_refused(models, tmp_path, runtime):
    source = written(tmp_path, (models / "colours_int8.tflite").read_bytes())
    cuts = list(range(source.stat().st_size))
    lines = refusals(source, runtime, cuts)
    assert len(lines) == len(cuts)
    assert [line for line in lines if " refused " not in line] == []


def test_a_model_cut_in_its_labels_is_refused(models, tmp_path, runtime):
    plain = (models / "colours_int8.tflite").read_bytes()
    whole = append_files(plain, {"labels.txt": "red\ngreen\nblue\n"})
    source = written(tmp_path, whole)
    lines = refusals(source, runtime, [*range(len(plain) + 1, len(whole)), len(whole)])
    assert [line for line in lines[:-1] if " refused " not in line] == []
    assert lines[-1].endswith("loaded")


def test_real_models_cut_anywhere_are_refused(shared_data, tmp_path, runtime):
    for name in ("mlperf_tiny_resnet8_int8", "coral_mobilenet_v1_0.25_128_quant"):
        data = (shared_data / "models" / f"{name}.tflite").read_bytes()
        source = written(tmp_path, data)
        cuts = [int(cut) for cut in np.linspace(0, len(data) - 1, 40)]
        lines = refusals(source, runtime, [*cuts, len(data) - 7])
        assert [line for line in lines if " refused " not in line] == []


@pytest.mark.parametrize("seed", range(8))
def test_garbage_behind_a_right_beginning_is_refused(tmp_path, seed):
    noise = np.random.default_rng(seed).integers(0, 256, 5000, np.uint8).tobytes()
    with pytest.raises(ModelFileError, match="damaged or cut short"):
        read_model_file(written(tmp_path, b"\x20\0\0\0TFL3" + noise))


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_overwritten_stretches_never_leave_the_file(models, tmp_path, byte):
    data = (models / "colours_int8.tflite").read_bytes()
    for start in range(0, len(data), 16):
        path = written(tmp_path, data[:start] + bytes([byte]) * 16 + data[start + 16 :])
        try:
            read_model_file(path)
        except ModelFileError as error:
            assert str(path) in str(error)  # anything but a ModelFileError fails the test


@pytest.mark.parametrize(
    "layout, offset, value",
    [
        pytest.param("<f", 16, 0.0, id="an input's scale of 0"),
        pytest.param("<f", 16, float("nan"), id="an input's scale that is no number"),
        pytest.param("<q", 4, 1 << 40, id="a zero point that no integer reaches"),
    ],
)
def test_quantization_that_crashes_an_interpreter_is_refused(
    models, tmp_path, layout, offset, value
):
    # The input's parameters lie behind each other: one zero point, 0, and one scale, 1.
    data = bytearray((models / "colours_uint8.tflite").read_bytes())
    parameters = struct.pack("<IqIf", 1, 0, 1, 1.0)
    start = bytes(data).index(parameters)
    assert bytes(data).count(parameters) == 1
    struct.pack_into(layout, data, start + offset, value)
    with pytest.raises(ModelFileError, match=r"(scale|zero point) out of range"):
        read_model_file(written(tmp_path, bytes(data)))


@pytest.mark.parametrize(
    "data, fault",
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"TFL3", "not a TFLite model", id="the identifier too early"),
        pytest.param(b"\x80\x02}q\0" * 99, "not a TFLite model", id="a pickle"),
        pytest.param(b"PK\x03\x04" + bytes(99), "not a TFLite model", id="a Keras file"),
    ],
)
def test_what_is_no_model_is_named_with_its_fault(tmp_path, data, fault):
    path = written(tmp_path, data)
    with pytest.raises(ModelFileError) as caught:
        read_model_file(path)
    assert str(caught.value).startswith(f"{path}: {fault}; ")


def test_a_missing_model_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(ModelFileError, match=r"none\.tflite: no such file; .*convert\.quantize"):
        read_model_file(tmp_path / "none.tflite")


def test_a_folder_is_no_model(tmp_path):
    with pytest.raises(ModelFileError, match="is a folder"):
        read_model_file(tmp_path)


@pytest.mark.parametrize(
    "name, operators",
    [
        ("colours_int8", ()),
        ("custom_operator", ("BesselI0",)),
        ("flex_operator", ("FlexMatrixInverse",)),
    ],
)
def test_foreign_operators_are_found(models, name, operators):
    assert read_model_file(models / f"{name}.tflite").custom_operators == operators


@pytest.mark.parametrize(
    "name, expected",
    [
        pytest.param("colours_float", True, id="softmax"),
        pytest.param("colours_uint8", True, id="softmax, then requantized"),
        pytest.param("wide_output_float", True, id="softmax, then reshaped"),
        pytest.param("sigmoids_float", True, id="sigmoids"),
        pytest.param("colours_logits_float", False, id="a dense layer"),
        pytest.param("colours_logits_int8", False, id="a quantized dense layer"),
        pytest.param("handmade_softmax_float", False, id="a division"),
    ],
)
def test_the_last_operator_tells_probabilities_from_logits(models, name, expected):
    assert read_model_file(models / f"{name}.tflite").gives_probabilities is expected


def test_normalization_is_read_from_the_metadata(models):
    stated = read_model_file(models / "colours_normalized_float.tflite").normalization
    assert stated == Normalization((0.0,), (255.0,))
    assert read_model_file(models / "colours_float.tflite").normalization is None


def test_normalization_of_a_model_by_google(shared_data):
    path = shared_data / "models" / "coral_mobilenet_v1_0.25_128_quant.tflite"
    assert read_model_file(path).normalization == Normalization((127.5,), (127.5,))
