"""deploy.emulator.systems: what is installed in which environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.emulator.systems import SYSTEMS, requirements

REPOSITORY = Path(__file__).parents[2]
EDGE = (REPOSITORY / "requirements-edge.txt").read_text()
DEV = (REPOSITORY / "requirements-dev.txt").read_text()


def projects(text: str) -> set[str]:
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return {line.split(">")[0].split("=")[0] for line in lines if line}


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_the_devices_environment_is_the_file_as_it_is(system):
    assert system.edge.folder == "/opt/edge"
    assert requirements(system.edge, EDGE, DEV) == EDGE


@pytest.mark.parametrize(
    "runtime, has, lacks",
    [
        ("tflite-runtime", "tflite-runtime", "ai-edge-litert"),
        ("litert", "ai-edge-litert", "tflite-runtime"),
    ],
)
def test_tests_run_with_one_runtime_alone(runtime, has, lacks):
    (alone,) = (each for each in SYSTEMS["bookworm"].alone if each.runtimes == (runtime,))
    names = projects(requirements(alone, EDGE, DEV))
    assert has in names and lacks not in names
    assert {"numpy", "opencv-python", "pytest"} <= names
    assert not {"mypy", "ruff"} & names


def test_trixie_has_no_tflite_runtime():
    assert SYSTEMS["trixie"].edge.runtimes == ("litert",)
    assert SYSTEMS["bookworm"].edge.runtimes == ("tflite-runtime", "litert")
