"""edge.runtime: which interpreter is taken, and what is said when there is none."""

from __future__ import annotations

import importlib.util
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge import runtime as under_test
from edge.errors import ModelFileError, RuntimeMissingError
from edge.runtime import choose_runtime, installed, make_interpreter, runtime_version

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def present(monkeypatch):
    """Sets which runtimes are installed, as far as edge.runtime can tell."""

    def set_present(*names: str) -> None:
        modules = {under_test._MODULES[name] for name in names}
        real = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: real("json") if name in modules else None
        )
        monkeypatch.setattr(under_test, "runtime_version", lambda name: "1.2.3")

    return set_present


@pytest.mark.parametrize(
    "names, expected",
    [
        ((), ()),
        (("tflite-runtime",), ("tflite-runtime",)),
        (("litert",), ("litert",)),
        (("tflite-runtime", "litert"), ("litert", "tflite-runtime")),
    ],
)
def test_litert_comes_first(present, monkeypatch, names, expected):
    monkeypatch.setattr(np, "__version__", "1.26.4")
    present(*names)
    assert installed() == expected


def test_a_named_runtime_is_taken(present, monkeypatch):
    monkeypatch.setattr(np, "__version__", "1.26.4")
    present("litert", "tflite-runtime")
    assert choose_runtime() == "litert"
    assert choose_runtime("tflite-runtime") == "tflite-runtime"


def test_without_any_the_install_command_is_named(present):
    present()
    with pytest.raises(RuntimeMissingError, match=r"pip install -r requirements-edge\.txt"):
        choose_runtime()


def test_a_named_one_that_is_missing_is_told(present):
    present("litert")
    with pytest.raises(
        RuntimeMissingError, match=r"tflite-runtime: not installed .*--runtime auto"
    ):
        choose_runtime("tflite-runtime")


def test_tflite_runtime_beside_numpy_2_is_refused_before_it_fails(present, monkeypatch):
    monkeypatch.setattr(np, "__version__", "2.2.0")
    present("tflite-runtime")
    assert installed() == ()
    with pytest.raises(RuntimeMissingError, match=r"numpy 2\.2\.0; `pip install 'numpy<2'`"):
        choose_runtime()


def test_numpy_2_leaves_litert(present, monkeypatch):
    monkeypatch.setattr(np, "__version__", "2.2.0")
    present("litert", "tflite-runtime")
    assert installed() == ("litert",)


def test_an_unknown_name_is_a_bug():
    with pytest.raises(ValueError, match="no runtime 'tensorrt'"):
        choose_runtime("tensorrt")


def test_versions_are_numbers():
    assert installed(), "these tests need a runtime: pip install -r requirements-edge.txt"
    for name in installed():
        assert re.match(r"\d+\.\d+", runtime_version(name))


def test_interpreter_is_ready_to_invoke(models, runtime):
    interpreter = make_interpreter(models / "colours_uint8.tflite", 1, runtime)
    index = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(index, np.zeros((1, 8, 8, 3), np.uint8))
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert output.tolist() == [[85, 85, 85]]  # black: a third each, 256 / 3


@pytest.mark.parametrize("name, named", [("flex", "FlexMatrixInverse"), ("custom", "BesselI0")])
def test_foreign_operators_are_named(models, runtime, name, named):
    path = models / f"{name}_operator.tflite"
    with pytest.raises(ModelFileError, match=rf"^{re.escape(str(path))}: .*{named}.*; convert"):
        make_interpreter(path, 1, runtime)


def test_a_file_that_crashes_tflite_runtime_on_arm_is_refused_there(models, runtime, monkeypatch):
    path = models / "no_bias_int8.tflite"
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    make_interpreter(path, 1, runtime)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    make_interpreter(models / "colours_int8.tflite", 1, runtime).invoke()
    if runtime == "litert":
        make_interpreter(path, 1, runtime).invoke()
    else:
        with pytest.raises(ModelFileError, match=r"no_bias_int8\.tflite: a dense layer .*litert"):
            make_interpreter(path, 1, runtime)


def test_loading_says_nothing_on_stderr(models, runtime):
    code = (
        "import sys; from pathlib import Path; from edge.runtime import make_interpreter\n"
        f"make_interpreter(Path({str(models / 'colours_float.tflite')!r}), 2, {runtime!r})\n"
        "print('still there', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert (done.returncode, done.stderr) == (0, "still there\n")


def test_only_this_module_imports_an_interpreter():
    importing = re.compile(r"^\s*(from|import) (tflite_runtime|ai_edge_litert)", re.MULTILINE)
    found = [
        path.name
        for path in (REPOSITORY / "edge").rglob("*.py")
        if importing.search(path.read_text("utf-8"))
    ]
    assert found == []  # it imports by name


def test_edge_imports_no_training_code():
    block = "sys.modules.update(dict.fromkeys(('tensorflow', 'keras', 'train', 'convert')))"
    code = f"import sys; {block}; import edge.classifier, edge.pictures, edge.cli"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)
