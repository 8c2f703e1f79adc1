"""python -m deploy.emulator: what it says and how it ends; no guest runs here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.emulator import __main__ as under_test
from deploy.emulator.boards import BOARDS
from deploy.emulator.guest import Guest, ready_content, ready_mark, wanted_requirements
from deploy.emulator.instructions import Count, read_counts
from deploy.emulator.systems import SYSTEMS
from edge.errors import EdgeError
from tests.deploy.test_instructions import COUNT, with_stages


class FakeCounter:
    """Stands for qemu: every model takes what ``count`` says."""

    count_of: Count = COUNT
    qemu_version = "7.2.22"

    def __init__(self, work: Path, rounds: int) -> None:
        """Nothing to compile."""

    def count(self, guest: Guest, runtime: str, model: Path) -> Count:
        return replace(
            self.count_of,
            system=guest.system.name,
            board=guest.board.name,
            runtime=runtime,
            model=model.name,
        )


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """A folder of systems that count as built, on a host that counts as able to run them."""
    for system in SYSTEMS.values():
        mark = ready_mark(Guest(tmp_path, system, BOARDS["pi4"]).root)
        mark.parent.mkdir(parents=True)
        mark.write_text(ready_content(wanted_requirements(system)))
    monkeypatch.setattr(under_test, "check_host", lambda *more: None)
    monkeypatch.setattr(under_test, "let_arm64_run", lambda: None)
    monkeypatch.setattr(under_test, "Counter", FakeCounter)
    return tmp_path


def count(work: Path, *options: str | Path) -> int:
    return under_test.main(["count", "--work", str(work), *map(str, options)])


@pytest.fixture
def baseline(work) -> Path:
    path = work / "baseline.json"
    assert count(work, "--json", path) == 0
    return path


def test_every_system_board_and_runtime_is_counted(baseline, capfd):
    counts = read_counts(baseline)
    assert {(each.system, each.runtime, each.board) for each in counts} == {
        ("bookworm", "tflite-runtime", "pi4"),
        ("bookworm", "tflite-runtime", "pi5"),
        ("bookworm", "litert", "pi4"),
        ("bookworm", "litert", "pi5"),
        ("trixie", "litert", "pi4"),
        ("trixie", "litert", "pi5"),
    }
    assert str(baseline.parent) not in baseline.read_text(), "no path of this machine"
    assert '"python3 -m deploy.emulator count --rounds 20"' in baseline.read_text()
    assert count(baseline.parent, "--board", "pi4") == 0
    assert capfd.readouterr().out.count("| cifar10_int8.tflite |") == 3


def test_what_is_chosen_is_counted_and_told(work, capfd):
    path = work / "chosen.json"
    assert count(work, "--runtime", "tflite-runtime", "--board", "pi5", "--json", path) == 0
    (only,) = read_counts(path)
    assert (only.system, only.runtime, only.board) == ("bookworm", "tflite-runtime", "pi5")
    assert "count --board pi5 --runtime tflite-runtime --rounds 20" in path.read_text()


def test_the_same_again_passes(work, baseline, capfd):
    assert count(work, "--against", baseline) == 0
    assert "6 counts compared" in capfd.readouterr().err


def test_a_pipeline_that_grew_fails_and_the_row_is_named(work, baseline, capfd, monkeypatch):
    grown = with_stages(preprocess=870, classify=14_970)
    monkeypatch.setattr(FakeCounter, "count_of", grown)
    assert count(work, "--against", baseline, "--system", "trixie", "--board", "pi5") == 3
    (error,) = (line for line in capfd.readouterr().err.splitlines() if line.startswith("error"))
    assert error == (
        "error: cifar10_int8.tflite, litert on trixie, pi5: the pipeline executes +7.0% "
        "instructions (1,000 before, 1,070 now), most of it in preprocess; 5% are allowed"
    )
    assert count(work, "--against", baseline, "--tolerance", "8") == 0


def test_an_inference_that_grew_passes(work, baseline, monkeypatch):
    monkeypatch.setattr(FakeCounter, "count_of", with_stages(invoke=20_000, classify=20_900))
    assert count(work, "--against", baseline) == 0


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["count", "--against", "none.json"], 1, "none.json: cannot be read"),
        (["count", "--model", "none.tflite"], 1, "none.tflite: no such file; name a .tflite file"),
        (["count", "--rounds", "1"], 2, "--rounds: needs 2 or more"),
        (
            ["check", "--runtime", "tflite-runtime", "--system", "trixie"],
            2,
            "--runtime tflite-runtime: not on trixie",
        ),
        (["run"], 2, "run: no command; put it after --"),
        (["run", "--"], 2, "run: no command; put it after --"),
    ],
)
def test_wrong_use_is_one_line(work, capfd, arguments, code, said):
    command, *options = arguments
    assert under_test.main([command, "--work", str(work), *options]) == code
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("error: ") and said in line


def test_a_system_that_is_not_built(work, capfd):
    ready_mark(work / "trixie").unlink()
    assert under_test.main(["check", "--work", str(work)]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert "trixie is not built; run `sudo python3 -m deploy.emulator build" in line
    assert f" --system trixie --work {work}`" in line


@pytest.mark.parametrize("arguments", [["build"], ["run", "true"], ["check"], ["count"]])
def test_a_host_that_will_not_do_is_told_first(work, capfd, monkeypatch, arguments):
    def refuse(*more: object) -> None:
        raise EdgeError("this host will not do")

    monkeypatch.setattr(under_test, "check_host", refuse)
    assert under_test.main([*arguments[:1], "--work", str(work), *arguments[1:]]) == 1
    assert capfd.readouterr().err == "error: this host will not do\n"


def test_check_fails_when_a_part_does(work, capfd, monkeypatch):
    def part(guest: Guest, runtime: str, log: Path) -> tuple[bool, str]:
        return guest.board.name == "pi4", f"{runtime} on {guest.board.name}"

    monkeypatch.setitem(under_test.check.PARTS, "golden", part)
    options: Sequence[str] = ["--part", "golden", "--system", "trixie"]
    assert under_test.main(["check", "--work", str(work), *options]) == 3
    assert under_test.main(["check", "--work", str(work), *options, "--board", "pi4"]) == 0
    out = capfd.readouterr().out
    assert "| trixie | pi5 | golden | litert | FAILED | litert on pi5 |" in out


def test_a_command_runs_with_its_own_options(work, monkeypatch):
    ran: list[object] = []
    monkeypatch.setattr(Guest, "run", lambda self, command: ran.append((self, command)) or 5)
    arguments = ["--system", "trixie", "--board", "pi5", "--", "ls", "--work"]
    assert under_test.main(["run", "--work", str(work), *arguments]) == 5
    assert ran == [(Guest(work, SYSTEMS["trixie"], BOARDS["pi5"]), ["ls", "--work"])]
