"""benchmarks/install_weight.py: parsing by hand, what the app imports, and what cannot be had."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import install_weight, virtual_environment
from benchmarks.install_weight import main
from benchmarks.weight import imports
from benchmarks.weight.imports import by_package, import_times, parse_import_times, used_by_camera
from benchmarks.weight.installation import Installation, Part, wheel, without
from benchmarks.weight.table import table
from edge.errors import DataError, EdgeError

REPOSITORY = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    *("--model", str(REPOSITORY / "models" / "cifar10_int8.tflite")),
    *("--source", str(REPOSITORY / "demo" / "frames")),
]
BOARD = {"cpu": "Cortex-A76", "cores": 4, "os": "Debian", "python": "3.13.5"}
TOLD = """\
import time: self [us] | cumulative | imported package
import time:      1500 |       1500 |   numpy.core
import time:       500 |       2000 | numpy
12 frames, 0.2 s | and | more
import time:       250 |        250 | json.decoder
"""


def test_import_times_are_those_of_the_module_alone():
    assert parse_import_times(TOLD) == {"numpy.core": 1.5, "numpy": 0.5, "json.decoder": 0.25}


def test_modules_of_python_are_counted_together():
    times_ms = {"numpy.core": 1.5, "numpy": 0.5, "json.decoder": 0.25, "argparse": 2.0}
    assert by_package(times_ms) == {"standard library": 2.25, "numpy": 2.0}
    assert list(by_package(times_ms)) == ["standard library", "numpy"]


def test_the_least_time_of_a_module_counts(monkeypatch):
    told = iter(["import time: 900 | 900 | a", "import time: 300 | 300 | a", ""])

    class Done:
        def __init__(self):
            self.stderr = next(told)

    monkeypatch.setattr("benchmarks.weight.imports._run", lambda command: Done())
    assert import_times(Path("python"), ["-c", "pass"], 3) == {"a": 0.3}


def test_one_runtime_is_left_out_in_all_its_lines():
    text = "# both\na==1; linux\nb>=2; linux\nb>=2; darwin\n"
    assert without(text, "b") == "# both\na==1; linux\n"
    with pytest.raises(DataError, match="has no line of c"):
        without(text, "c")


def test_the_variants_are_those_of_the_real_file():
    text = (REPOSITORY / "requirements-edge.txt").read_text()
    for left_out in filter(None, install_weight.VARIANTS.values()):
        kept = without(text, left_out).splitlines()
        assert not any(line.startswith(left_out) for line in kept)
        assert any(line.startswith("numpy") for line in kept)


def test_a_wheel_is_named_by_its_file(tmp_path):
    path = tmp_path / "ml_dtypes-0.5.4-cp311-cp311-manylinux_2_17_x86_64.whl"
    path.write_bytes(bytes(1_500_000))
    assert wheel(path) == Part("ml-dtypes", "0.5.4", 1.5)


def test_what_the_camera_app_imports():
    used = used_by_camera(Path(sys.executable), ARGUMENTS)
    assert {"edge.classifier", "cv2", "numpy"} <= {*used.modules}
    assert {"numpy", "opencv-python"} <= {*used.packages}
    assert "pytest" in used.unused
    assert {*used.packages}.isdisjoint(used.unused)


def test_an_app_that_does_not_run_tells_its_last_word():
    with pytest.raises(EdgeError, match=r"^nowhere.tflite: no such file"):
        used_by_camera(Path(sys.executable), ["--model", "nowhere.tflite"])


def test_an_app_that_takes_too_long_is_one_line(monkeypatch):
    task = imports.Task("edge.camera", 0.05, "try it alone")
    monkeypatch.setattr(imports, "_TASK", task)
    for look in (used_by_camera, lambda python, words: import_times(python, words, 1)):
        with pytest.raises(EdgeError, match=r"^edge.camera: took more than 0.05 s; try it alone$"):
            look(Path(sys.executable), ["-c", "import time; time.sleep(60)"])


@pytest.mark.parametrize(
    "said, remedy",
    [
        ("ERROR: No matching distribution found for x", "check the network"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on"
            " device",
            "free some space or name another folder",
        ),
    ],
)
def test_the_remedy_is_that_of_the_fault(said, remedy, tmp_path):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(virtual_environment.InstallError) as error:
        virtual_environment.pip(python, "install", "x")
    assert str(error.value) == f"{said.removeprefix('ERROR: ')}; {remedy}"


def test_pip_that_takes_too_long_or_is_not_there_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(virtual_environment, "_LIMIT_S", 0.2)
    python = tmp_path / "python"
    with pytest.raises(virtual_environment.InstallError) as error:
        virtual_environment.pip(python, "install", "x")
    assert str(error.value).startswith(f"pip install: {python} cannot be started (No such file")
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    with pytest.raises(virtual_environment.InstallError) as error:
        virtual_environment.pip(python, "install", "x")
    assert str(error.value) == "pip install: took more than 0.2 s; try again with a better line"


def test_a_folder_that_cannot_be_one_is_not_the_networks_fault(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(virtual_environment.InstallError) as error:
        virtual_environment.make_environment(tmp_path / "file" / "peer")
    told = str(error.value)
    assert told.startswith(f"{tmp_path / 'file' / 'peer'}: cannot become an environment (")
    assert told.endswith("; free some space or name another folder")


@pytest.fixture
def installed(monkeypatch):
    """Installs nothing: the environment is the one that runs the tests."""

    def install(requirements, home, wheels):
        lines = requirements.read_text().splitlines()
        if not any(line.startswith("tflite-runtime") for line in lines):
            raise virtual_environment.InstallError("no network; check the network")
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "python").symlink_to(sys.executable)
        wheels = [Part("numpy", "1.26.4", 18.2), Part("ml-dtypes", "0.5", 5.0)]
        packages = [Part("numpy", "1.26.4", 78.0), Part("ml_dtypes", "0.5", 25.0)]
        return Installation(wheels, packages, 3.0, 4.0)

    used = {"modules": ["numpy"], "packages": ["numpy"], "unused": ["ml_dtypes"]}
    seen = {
        "used": used,
        "import_camera_ms": {"numpy": 40.0, "edge": 2.0},
        "import_run_ms": {"numpy": 41.0, "edge": 3.0},
        "slowest_ms": {"numpy": 9.0},
    }
    monkeypatch.setattr(install_weight, "install", install)
    monkeypatch.setattr(install_weight, "look", lambda python, runs: seen)


def test_sizes_and_a_variant_that_cannot_be_had(installed, tmp_path, capsys):
    path = tmp_path / "weight.json"
    assert main(["--variants", "both runtimes,LiteRT alone", "--json", str(path)]) == 0
    out = capsys.readouterr().out
    assert "| both runtimes | 2 | 23 | 103 | 3 | 4 | 42 | 44 |" in out
    assert "| ml_dtypes 0.5 | 5.0 | 25.0 | no |" in out
    assert "| numpy 1.26.4 | 18.2 | 78.0 | yes |" in out
    assert "LiteRT alone: not installed here. no network; check the network" in out
    variants = json.loads(path.read_text())["variants"]
    assert variants["both runtimes"]["missing"] is None
    assert variants["LiteRT alone"]["missing"] == "no network; check the network"


VARIANTS = {
    "both runtimes": {
        "missing": None, "download_s": 1.0, "install_s": 1.0, "import_camera_ms": {},
        "wheels": [{"name": "tflite-runtime", "mb": 2.4}, {"name": "numpy", "mb": 18.2}],
        "packages": [
            {"name": "tflite-runtime", "version": "2.14.0", "mb": 7.0},
            {"name": "numpy", "version": "1.26.4", "mb": 78.0},
        ],
        "used": {"packages": ["numpy"], "unused": ["tflite-runtime"]},
        "import_run_ms": {"numpy": 41.0}, "slowest_ms": {"numpy.ma.core": 3.5, "typing": 2.0},
    },
    "tflite-runtime alone": {
        "missing": None, "download_s": 1.0, "install_s": 1.0, "import_camera_ms": {},
        "wheels": [{"name": "tflite_runtime", "mb": 2.4}],
        "packages": [{"name": "tflite-runtime", "version": "2.14.0", "mb": 7.0}],
        "used": {"packages": ["tflite_runtime"], "unused": []},
        "import_run_ms": {"numpy": 39.0}, "slowest_ms": {"typing": 2.5, "numpy.ma.core": 3.0},
    },
}  # fmt: skip


def test_what_is_imported_is_told_of_each_variant():
    result = {"board": BOARD, "command": "python x.py", "variants": VARIANTS}
    lines = table(result).splitlines()
    at = lines.index(
        "| package | downloaded, MB | on disk, MB | imported, both runtimes"
        " | imported, tflite-runtime alone |"
    )
    assert lines[at + 1 : at + 4] == [
        "|---|---:|---:|---|---|",
        "| numpy 1.26.4 | 18.2 | 78.0 | yes | - |",
        "| tflite-runtime 2.14.0 | 2.4 | 7.0 | no | yes |",
    ]
    assert "- both runtimes: installed and not imported: tflite-runtime" in lines


def test_the_slowest_modules_are_told():
    variants = {**VARIANTS, "other": {**VARIANTS["both runtimes"], "slowest_ms": {"cv2": 27.14}}}
    result = {"board": BOARD, "command": "python x.py", "variants": variants}
    lines = table(result).splitlines()
    at = lines.index("| the slowest modules of each, ms | both runtimes | tflite-runtime alone"
                     " | other |")  # fmt: skip
    assert lines[at + 1 : at + 5] == [
        "|---|---:|---:|---:|",
        "| cv2 | - | - | 27.1 |",
        "| numpy.ma.core | 3.5 | 3.0 | - |",
        "| typing | 2.0 | 2.5 | - |",
    ]


def test_nothing_that_can_be_had_is_an_error(installed, capsys):
    assert main(["--variants", "LiteRT alone"]) == 1
    assert capsys.readouterr().err == "error: no network; check the network\n"


@pytest.mark.parametrize(
    "words, code, told",
    [
        (["--runs", "0"], 2, "error: --runs: needs a number of 1 or more"),
        (["--requirements", "/nowhere.txt"], 1, "error: /nowhere.txt: cannot be read"),
    ],
)
def test_wrong_words_are_one_line(words, code, told, capsys):
    assert main(words) == code
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith(told)


def test_a_variant_that_there_is_not(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--variants", "neither"])
    assert exit_.value.code == 2
    assert "no 'neither'; there are both runtimes, LiteRT alone" in capsys.readouterr().err
